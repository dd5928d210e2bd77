import { Prisma } from '../../platform/database/client.ts'
import type { BookingNames } from './booking-names.model.ts'

/**
 * The locks of these names, sorted by what is locked: two transactions take common locks in the same order. For the
 * MATERIALIZED query `sorted` of a statement that ends with `takingSorted`.
 *
 * @param behind - what else stands in FROM: no lock is taken before its rows are there, and none where it has no row
 */
export function locksOf(names: BookingNames, behind: Prisma.Sql): Prisma.Sql {
  const locks = [
    names.uid && `uid:${names.uid}`,
    names.calBookingId && `number:${names.calBookingId}`,
    names.iCalUid && `ical:${names.iCalUid}`,
    names.rescheduledFromUid && `uid:${names.rescheduledFromUid}`,
  ].filter((name) => typeof name === 'string')
  return Prisma.sql`
    SELECT DISTINCT hashtextextended('booking:' || name, 0) AS lock FROM unnest(${locks}::text[]) AS name ${behind} ORDER BY lock`
}

/** Takes the locks that `locksOf` found. Gives a row for each. */
export const takingSorted = Prisma.sql`SELECT pg_advisory_xact_lock(lock)::text FROM sorted`
