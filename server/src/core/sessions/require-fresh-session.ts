import type { Clock } from '../../platform/clock.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import type { Viewer } from '../access/viewer.ts'
import { PasswordRequiredError } from './errors.ts'

/** Milliseconds for which a session is fresh after its password was checked. */
const freshForMs = 10 * 60_000

/** Clocks of two nodes differ by less. A time further ahead is not believed: it would keep a session fresh for longer. */
const clockSkewMs = 60_000

/**
 * Lets only a fresh session through: a person's, whose password was checked within the last ten minutes. For changes that
 * direct where people's words, or the means to get them, go. The session can't end before the caller's transaction does.
 *
 * @throws ForbiddenError for an API token, whatever its scopes; PasswordRequiredError
 */
export async function requireFreshSession(tx: Transaction, { clock }: Readonly<{ clock: Clock }>, viewer: Viewer) {
  if (viewer.kind !== 'person') throw new ForbiddenError("API tokens can't do this. Sign in instead.")
  const now = clock.now().getTime()
  const [session] = await tx.$queryRaw<{ passwordCheckedAt: Date | null }[]>`
    SELECT "passwordCheckedAt" FROM sessions
    WHERE id = ${viewer.sessionId} AND "userId" = ${viewer.userId}::uuid AND "expiresAt" > ${clock.now()}::timestamptz
    FOR SHARE`
  const checkedAt = session?.passwordCheckedAt?.getTime()
  if (checkedAt === undefined || now - checkedAt > freshForMs || checkedAt - now > clockSkewMs) {
    throw new PasswordRequiredError()
  }
}
