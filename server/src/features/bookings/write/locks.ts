import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { BookingIdentifiers } from './related-bookings.reads.ts'

/** The names of a booking's locks, one per identifier. */
export function lockNamesOf(identifiers: BookingIdentifiers): string[] {
  return [
    identifiers.uid && `uid:${identifiers.uid}`,
    identifiers.calBookingId && `number:${identifiers.calBookingId}`,
    identifiers.iCalUid && `ical:${identifiers.iCalUid}`,
    identifiers.rescheduledFromUid && `uid:${identifiers.rescheduledFromUid}`,
  ].filter((name) => typeof name === 'string')
}

/** The advisory lock key for a name, where "name" is a column. */
const lockKey = Prisma.sql`hashtextextended('booking:' || name, 0)`

/**
 * Locks the bookings with these identifiers until the transaction ends, even if they don't have rows yet. An event that
 * refers to two bookings locks both, so that the two events of a reschedule see each other. Returns for each booking
 * whether this transaction now holds all of its locks.
 *
 * All transactions take their locks in this order, to prevent deadlocks: identifiers (sorted), a form, the threads,
 * booking keys, and last an owner's change log.
 *
 * @param mayWait - if false, takes only locks that are free, so that one locked booking doesn't delay the others
 */
export async function lockBookings(
  tx: SqlTransaction,
  bookings: readonly BookingIdentifiers[],
  mayWait = true,
): Promise<boolean[]> {
  const pairs = bookings.flatMap((identifiers, at) => lockNamesOf(identifiers).map((name) => ({ at, name })))
  const names = pairs.map(({ name }) => name)
  if (mayWait) {
    await tx.$executeRaw`
      WITH sorted AS MATERIALIZED (
        SELECT DISTINCT ${lockKey} AS lock FROM unnest(${names}::text[]) AS name ORDER BY lock
      ) SELECT pg_advisory_xact_lock(lock)::text FROM sorted`
    return bookings.map(() => true)
  }
  const tried = await tx.$queryRaw<{ at: number; isOurs: boolean }[]>`
    SELECT at, bool_and(pg_try_advisory_xact_lock(${lockKey})) AS "isOurs"
    FROM unnest(${pairs.map(({ at }) => at)}::int[], ${names}::text[]) AS tried (at, name)
    GROUP BY at`
  const ours = new Set(tried.filter(({ isOurs }) => isOurs).map(({ at }) => at))
  return bookings.map((_, at) => ours.has(at))
}

/** Locks all threads. Merges can involve any two threads, so there is one lock for all of them. */
export async function lockThreads(tx: SqlTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('booking threads', 0))::text`
}

/**
 * Merges the threads of these bookings into one. The bookings of a thread can arrive in any order, so a booking between
 * two threads may connect them. Call it while holding `lockThreads`.
 */
export async function mergeThreads(tx: SqlTransaction, bookingIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    WITH met AS (SELECT DISTINCT "threadId" FROM booking_keys WHERE id = ANY(${[...bookingIds]}::uuid[])),
      kept AS (SELECT "threadId" FROM met ORDER BY "threadId" LIMIT 1)
    UPDATE booking_keys k SET "threadId" = kept."threadId"
    FROM kept
    WHERE k."threadId" IN (SELECT "threadId" FROM met) AND k."threadId" <> kept."threadId"`
}
