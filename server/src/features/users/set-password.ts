import type { Origin } from '../../core/access/viewer.ts'
import type { AuditMetadata } from '../../core/audit/actions.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Sessions } from '../../core/sessions/sessions.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { endSessionsOf } from './end-sessions-of.ts'
import { voidMailLinks } from './void-mail-links.ts'

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
  deps: Readonly<{ sessions: Sessions; clock: Clock }>,
  { userId, passwordHash, by, keepSession, origin }: ChosenPassword,
): Promise<void> {
  const now = deps.clock.now()
  await tx.userCredential.upsert({
    where: { userId },
    create: { userId, passwordHash, createdAt: now, updatedAt: now },
    update: { passwordHash, updatedAt: now },
  })
  await voidMailLinks(tx, deps, userId)
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
}
