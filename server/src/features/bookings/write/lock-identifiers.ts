import type { Transaction } from '../../../platform/database/client.ts'
import { locksOf, takingSorted } from './identifier-locks.reads.ts'
import type { BookingIdentifiers } from './identifiers.model.ts'

/**
 * Makes whoever else works on a booking of these names wait until this transaction ends, also where no row is there yet
 * to be locked. An event that names two bookings locks both, so the two sides of a reschedule see each other.
 *
 * The order of all locks, which keeps transactions from waiting in a circle: names (sorted), a form, the threads,
 * keys of bookings, and last an owner's log of changes.
 */
export async function lockIdentifiers(tx: Transaction, names: BookingIdentifiers): Promise<void> {
  await tx.$executeRaw`WITH sorted AS MATERIALIZED (${locksOf(names)}) ${takingSorted}`
}
