import type { LoginThrottle } from '../../../core/access/login-throttle.ts'
import type { RateLimiter } from '../../../core/access/rate-limiter.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'

export type DeleteExpiredSessionsDeps = Readonly<{
  database: Database
  sessions: Sessions
  attempts: LoginThrottle
  budgets: RateLimiter
  clock: Clock
}>

// The log says for ever that a link was mailed and used; the row only has to outlive questions about it.
const keptLinkMs = 30 * 24 * 3_600_000

/** Removes what no longer lets anybody in or keeps anybody out: expired sessions, links long past, counts that are over. */
export async function deleteExpiredSessions({
  database,
  sessions,
  attempts,
  budgets,
  clock,
}: DeleteExpiredSessionsDeps): Promise<void> {
  await sessions.deleteExpired()
  await attempts.deleteOld()
  await budgets.deleteOld()
  const before = new Date(clock.now().getTime() - keptLinkMs)
  await database.mailLink.deleteMany({ where: { expiresAt: { lt: before } } })
}
