import type { Transaction } from '../../../platform/database/client.ts'
import { ConfigurationError } from '../../../platform/errors.ts'

/**
 * How far the watermark trails the clock. It covers what the database doesn't show: the moment between a backend's
 * reading of the clock and its showing as active, and a clock that is set back slightly.
 */
export const graceSeconds = 30

type Horizon = Readonly<{ isTracked: boolean; until: Date | null; hidden: number; prepared: number }>

/**
 * The time before which the log is complete: no row with an earlier `createdAt` will appear, and a snapshot taken after
 * this call sees all of them. Returns null while that can't be determined.
 *
 * Why it holds. `createdAt` is now(), the start of its transaction, which PostgreSQL reads from the clock when the
 * transaction's first message arrives. The backend then shows in pg_stat_activity that it is active (`query_start`) and
 * in a transaction (`xact_start`, the same value as now()), and clears this only after its commit is visible. So a
 * transaction that started before this call's clock minus the grace is in one of three states. Finished: later
 * snapshots see its rows. Shown: the returned time is not past its start. Or it has stalled for the whole grace between
 * reading the clock and showing itself, a few instructions apart: we assume this doesn't happen.
 * - A snapshot's xmin would prove less: a transaction has no ID, and is in no snapshot, until it first writes.
 * - `query_start` counts as well because, in one message of several statements, each next transaction has the start of
 *   the message as its now() and is briefly not shown as a transaction.
 * - A prepared transaction has left its session, and its start with it: while there is one, the watermark is null. It
 *   is queried after the sessions, so one that is being prepared is seen in either place.
 * - `createdAt` is rounded to milliseconds, so a row may seem half a millisecond older than its transaction. The start
 *   is truncated to the millisecond, and a rounded time is never before its truncation. Rounded up past it, a row belongs
 *   to the next segment.
 *
 * @param grace - seconds; tests shorten it
 * @throws ConfigurationError if PostgreSQL does not track activities
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
    throw new ConfigurationError("The audit log can't be sealed while track_activities is off in PostgreSQL.")
  }
  return horizon.hidden === 0 && transactions.prepared === 0 ? horizon.until : null
}
