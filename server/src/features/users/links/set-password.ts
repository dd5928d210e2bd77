import type { Origin } from '../../../core/access/viewer.ts'
import type { AuditMetadata } from '../../../core/audit/actions.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { endSessionsOf } from '../sessions/end-sessions-of.ts'
import { revokeMailLinks } from './revoke-mail-links.ts'

/** A new password. `keepSession` is the ID of the session it was set in. */
export type NewPassword = Readonly<{
  userId: string
  passwordHash: string
  changedBy: AuditMetadata<'password.changed'>['by']
  keepSession?: string
  origin: Origin
}>

/** Sets the password of a locked account. Ends all other sessions and revokes all links to set a password. */
export async function setPassword(
  tx: Transaction,
  deps: Readonly<{ sessions: Sessions; clock: Clock; identities: Identities }>,
  { userId, passwordHash, changedBy, keepSession, origin }: NewPassword,
): Promise<void> {
  const now = deps.clock.now()
  await tx.$executeRaw`
    INSERT INTO user_credentials ("userId", "passwordHash", "createdAt", "updatedAt")
    VALUES (${userId}::uuid, ${passwordHash}, ${now}::timestamptz, ${now}::timestamptz)
    ON CONFLICT ("userId") DO UPDATE
    SET "passwordHash" = excluded."passwordHash", "updatedAt" = excluded."updatedAt", epoch = session_epoch()`
  await revokeMailLinks(tx, deps, userId)
  await endSessionsOf(tx, deps, {
    userId,
    ...(keepSession !== undefined && { exceptSessionId: keepSession }),
    reason: 'password_changed',
    actor: { userId, origin },
  })
  await recordAudit(tx, [
    {
      action: 'password.changed',
      resource: 'user',
      resourceId: userId,
      userId,
      bookingId: null,
      origin,
      metadata: { by: changedBy },
    },
  ])
  await deps.identities.record(tx, userId)
}
