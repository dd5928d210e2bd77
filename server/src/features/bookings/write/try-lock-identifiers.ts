import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { lockKeyOf } from './identifier-locks.reads.ts'

/**
 * Takes the locks of several bookings' names where nobody else holds one, and waits for none: whoever works on one booking
 * holds up no other. Says for each booking whether all of its names are this transaction's now.
 *
 * @param names - of each booking, what `lockedNamesOf` says
 */
export async function tryLockIdentifiers(
  tx: SqlTransaction,
  names: readonly (readonly string[])[],
): Promise<boolean[]> {
  const pairs = names.flatMap((own, at) => own.map((name) => ({ at, name })))
  const claimed = await tx.$queryRaw<{ at: number; isOurs: boolean }[]>`
    SELECT at, bool_and(pg_try_advisory_xact_lock(${lockKeyOf})) AS "isOurs"
    FROM unnest(${pairs.map(({ at }) => at)}::int[], ${pairs.map(({ name }) => name)}::text[]) AS claim (at, name)
    GROUP BY at`
  const ours = new Set(claimed.filter(({ isOurs }) => isOurs).map(({ at }) => at))
  return names.map((_, at) => ours.has(at))
}
