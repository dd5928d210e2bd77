import type { Transaction } from '../../../platform/database/client.ts'
import { ConfigurationError } from '../../../platform/errors.ts'

/**
 * How far behind the clock the log is taken as closed. It covers what nothing in the database shows: the moment between
 * a backend's reading of the clock and its showing that it is at work, and a clock that is set back a little.
 */
export const graceSeconds = 30

type Horizon = Readonly<{ isTracked: boolean; until: Date | null; hidden: number; prepared: number }>

/**
 * The time up to which the log is closed: no row with an earlier `createdAt` will appear any more, and a snapshot taken
 * after this call sees all there are. Returns null while that can't be known.
 *
 * Why it holds. `createdAt` is now(), the start of its transaction, which PostgreSQL takes from the clock when the
 * transaction's first message arrives; at once it shows in pg_stat_activity that it is at work (`query_start`) and in a
 * transaction (`xact_start`, the very value of now()), and takes this back only after its commit has become visible.
 * So a transaction that started before this call's clock less the grace is in one of three states. It is finished: later
 * snapshots see its rows. It is shown: then what is returned is not past its start. Or it has stood still, for the whole
 * grace, between reading the clock and showing itself, a few instructions apart: that much is assumed.
 * - A snapshot's xmin would prove less: a transaction has no id, and is in no snapshot, until it first writes.
 * - `query_start` counts as well because, in one message of several statements, each next transaction has the start of
 *   the message as its now() and is not shown as one for a moment.
 * - A prepared transaction has left its session, and its start with it: while there is one nothing is closed. It is
 *   asked for after the sessions, so that one which is being prepared is seen in one place or the other.
 * - `createdAt` is rounded to milliseconds, so a row may seem half a millisecond older than its transaction. The start is
 *   cut to the millisecond: the rounding of a time is never before its cut. Rounded up past the cut, a row belongs to
 *   the next stretch, where it stands.
 *
 * @param grace - seconds; tests shorten it
 * @throws ConfigurationError where PostgreSQL does not track activities
 */
export async function safeWatermark(tx: Pick<Transaction, '$queryRaw'>, grace = graceSeconds): Promise<Date | null> {
  const [horizon] = await tx.$queryRaw<Omit<Horizon, 'prepared'>[]>`
    SELECT current_setting('track_activities') = 'on' AS "isTracked",
      date_trunc('milliseconds', least(
        clock_timestamp() - make_interval(secs => ${grace}::float8),
        min(least(xact_start, CASE WHEN state = 'active' THEN query_start END))
      )) AS until,
      (count(*) FILTER (
        -- Another role's session, of which this role may see neither start nor state, with a transaction open.
        WHERE query = '<insufficient privilege>'
          AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'virtualxid' AND l.granted)
      ))::int AS hidden
    FROM pg_stat_activity a
    WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database())
      -- Whatever has no user, such as autovacuum, and whatever sends the WAL inserts nothing.
      AND usesysid IS NOT NULL AND backend_type IS DISTINCT FROM 'walsender'
      AND pid <> pg_backend_pid()`
  const [transactions] = await tx.$queryRaw<Pick<Horizon, 'prepared'>[]>`
    SELECT count(*)::int AS prepared FROM pg_prepared_xacts WHERE database = current_database()`
  if (horizon === undefined || transactions === undefined) return null
  if (!horizon.isTracked) {
    throw new ConfigurationError('The audit log can not be sealed while track_activities is off in PostgreSQL.')
  }
  return horizon.hidden === 0 && transactions.prepared === 0 ? horizon.until : null
}
