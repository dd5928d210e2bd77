import { Prisma } from '../../../platform/database/client.ts'
import type { BookingIdentifiers } from './identifiers.model.ts'

/** What is locked of a booking: one text for each of its names. */
export function lockedIdentifiersOf(names: BookingIdentifiers): string[] {
  return [
    names.uid && `uid:${names.uid}`,
    names.calBookingId && `number:${names.calBookingId}`,
    names.iCalUid && `ical:${names.iCalUid}`,
    names.rescheduledFromUid && `uid:${names.rescheduledFromUid}`,
  ].filter((name) => typeof name === 'string')
}

/** The number of a name's lock, where "name" is a column. */
export const lockKeyOf = Prisma.sql`hashtextextended('booking:' || name, 0)`

/**
 * The locks of these names, sorted by what is locked: two transactions take common locks in the same order. For the
 * MATERIALIZED query `sorted` of a statement that goes on with `takingSorted`.
 */
export function locksOf(names: BookingIdentifiers): Prisma.Sql {
  return Prisma.sql`
    SELECT DISTINCT ${lockKeyOf} AS lock FROM unnest(${lockedIdentifiersOf(names)}::text[]) AS name ORDER BY lock`
}

/** Takes the locks that `locksOf` found. Gives a row for each. */
export const takingSorted = Prisma.sql`SELECT pg_advisory_xact_lock(lock)::text FROM sorted`
