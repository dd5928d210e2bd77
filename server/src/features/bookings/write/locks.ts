import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { BookingIdentifiers } from './identifiers.model.ts'

/** What is locked of a booking: one text for each of its identifiers. */
export function lockNamesOf(identifiers: BookingIdentifiers): string[] {
  return [
    identifiers.uid && `uid:${identifiers.uid}`,
    identifiers.calBookingId && `number:${identifiers.calBookingId}`,
    identifiers.iCalUid && `ical:${identifiers.iCalUid}`,
    identifiers.rescheduledFromUid && `uid:${identifiers.rescheduledFromUid}`,
  ].filter((name) => typeof name === 'string')
}

/** The number of a name's lock, where "name" is a column. */
const lockKey = Prisma.sql`hashtextextended('booking:' || name, 0)`

/**
 * Makes whoever else works on a booking with these identifiers wait until this transaction ends, also where there is no row
 * to lock yet. An event that names two bookings locks both, so the two sides of a reschedule see each other. Returns for each
 * booking whether this transaction has all of its locks now.
 *
 * All transactions take their locks in this order, so that none waits in a circle: identifiers (sorted), a form, the threads,
 * keys of bookings, and last an owner's log of changes.
 *
 * @param mayWait - false takes only the locks that nobody else holds: whoever works on one booking delays no other
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

/** Makes whoever else ties or merges threads wait. Threads meet from any side, so there is one lock for all of them. */
export async function lockThreads(tx: SqlTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('booking threads', 0))::text`
}

/**
 * Merges the threads of these bookings into one. The bookings of a chain can arrive in any order, so two threads may meet
 * in a booking between them; all of both then belong together. Call under `lockThreads`.
 */
export async function mergeThreads(tx: SqlTransaction, bookingIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    WITH met AS (SELECT DISTINCT "threadId" FROM booking_keys WHERE id = ANY(${[...bookingIds]}::uuid[])),
      kept AS (SELECT "threadId" FROM met ORDER BY "threadId" LIMIT 1)
    UPDATE booking_keys k SET "threadId" = kept."threadId"
    FROM kept
    WHERE k."threadId" IN (SELECT "threadId" FROM met) AND k."threadId" <> kept."threadId"`
}
