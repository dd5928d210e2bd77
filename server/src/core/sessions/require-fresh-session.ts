import type { Clock } from '../../platform/clock.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import type { Viewer } from '../access/viewer.ts'
import { PasswordRequiredError } from './errors.ts'

/** How long a session stays fresh after its password was checked, in milliseconds. */
const freshForMs = 10 * 60_000

/** The maximum clock difference between nodes. Reject later times: they would keep a session fresh for longer. */
const clockSkewMs = 60_000

/**
 * Requires a fresh session: a user's, with the password checked within the last ten minutes. For changes of where
 * personal data, or credentials for it, are sent. It locks the session until the caller's transaction ends.
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
