import type { Origin } from '../../../core/access/viewer.ts'
import type { AuditMetadata } from '../../../core/audit/actions.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { endSessionsOf } from '../sessions/end-sessions-of.ts'
import { revokeMailLinks } from './revoke-mail-links.ts'

/** A password that somebody has chosen. `keepSession` is the id of the session they chose it in. */
export type ChosenPassword = Readonly<{
  userId: string
  passwordHash: string
  by: AuditMetadata<'password.changed'>['by']
  keepSession?: string
  origin: Origin
}>

/**
 * Gives a locked account another password. What the old one opened ends with it: every other session, and every link that
 * was mailed to set one.
 */
export async function setPassword(
  tx: Transaction,
  deps: Readonly<{ sessions: Sessions; clock: Clock; identities: Identities }>,
  { userId, passwordHash, by, keepSession, origin }: ChosenPassword,
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
    ...(keepSession !== undefined && { except: keepSession }),
    reason: 'password_changed',
    by: { userId, origin },
  })
  await recordAudit(tx, [
    {
      action: 'password.changed',
      resource: 'user',
      resourceId: userId,
      userId,
      bookingId: null,
      origin,
      metadata: { by },
    },
  ])
  await deps.identities.record(tx, userId)
}
