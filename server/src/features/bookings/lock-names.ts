import type { Transaction } from '../../platform/database/client.ts'
import type { BookingNames } from './booking-keys.reads.ts'

/**
 * Makes whoever else works on a booking of these names wait until this transaction ends, also where no row is there yet
 * to be locked. An event that names two bookings locks both, so the two sides of a reschedule see each other.
 *
 * The order of all locks, which keeps transactions from waiting in a circle: names (sorted), a form, the threads,
 * keys of bookings, and last an owner's log of changes.
 */
export async function lockNames(tx: Transaction, names: BookingNames): Promise<void> {
  const locks = [
    names.uid && `uid:${names.uid}`,
    names.calBookingId && `number:${names.calBookingId}`,
    names.iCalUid && `ical:${names.iCalUid}`,
    names.rescheduledFromUid && `uid:${names.rescheduledFromUid}`,
  ].filter((name) => typeof name === 'string')
  // MATERIALIZED and sorted by what is locked: two transactions take common locks in the same order.
  await tx.$executeRaw`
    WITH sorted AS MATERIALIZED (
      SELECT DISTINCT hashtextextended('booking:' || name, 0) AS lock FROM unnest(${locks}::text[]) AS name ORDER BY lock
    )
    SELECT pg_advisory_xact_lock(lock)::text FROM sorted`
}
