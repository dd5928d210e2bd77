import type { Attempts } from '../../core/access/attempts.ts'
import type { Sessions } from '../../core/sessions/sessions.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'

export type TidySignInDeps = Readonly<{ database: Database; sessions: Sessions; attempts: Attempts; clock: Clock }>

// The log says for ever that a link was mailed and used; the row only has to outlive questions about it.
const keptLinkMs = 30 * 24 * 3_600_000

/** Removes what can't let anybody in any more: expired sessions, links long past, attempts that no longer count. */
export async function tidySignIn({ database, sessions, attempts, clock }: TidySignInDeps): Promise<void> {
  await sessions.deleteExpired()
  await attempts.deleteOld()
  const before = new Date(clock.now().getTime() - keptLinkMs)
  await database.mailLink.deleteMany({ where: { expiresAt: { lt: before } } })
}
