import type { LoginThrottle } from '../../../core/access/login-throttle.ts'
import type { RateLimiter } from '../../../core/access/rate-limiter.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'

export type DeleteExpiredSessionsDeps = Readonly<{
  database: Database
  sessions: Sessions
  loginThrottle: LoginThrottle
  rateLimiter: RateLimiter
  clock: Clock
}>

// The audit log records links permanently; rows are kept a while for troubleshooting.
const linkRetentionMs = 30 * 24 * 3_600_000

/** Deletes expired sessions, old email links, and expired counters of the sign-in throttle and the rate limiter. */
export async function deleteExpiredSessions({
  database,
  sessions,
  loginThrottle,
  rateLimiter,
  clock,
}: DeleteExpiredSessionsDeps): Promise<void> {
  await sessions.deleteExpired()
  await loginThrottle.deleteExpired()
  await rateLimiter.deleteExpired()
  const before = new Date(clock.now().getTime() - linkRetentionMs)
  await database.mailLink.deleteMany({ where: { expiresAt: { lt: before } } })
}
