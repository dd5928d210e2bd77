import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { type StoredBooking, writtenColumns } from './booking-row.model.ts'
import type { BookingIdentifiers } from './identifiers.model.ts'

/** What is unique about a booking, and whose it is. */
export type BookingKeyRow = Readonly<{
  id: string
  calBookingId: number
  calBookingUid: string | null
  startTime: Date
  threadId: string
  iCalUid: string | null
  rescheduledFromUid: string | null
  userId: string
  /** Whom Cal.com names as organizer, where the booking was handed over to somebody else here. */
  hostId: string | null
  /** Whether it took the place of an earlier booking, and the earliest time that an event of it tells. */
  isMoved: boolean
  bookedAt: string | null
}>

/** The columns of a key's row, where `k` is the key and `b` its booking. */
const keyColumns = Prisma.sql`k.*, b."userId", b.metadata->>'hostId' AS "hostId",
  COALESCE((b.metadata->>'isMoved')::boolean, k."rescheduledFromUid" IS NOT NULL) AS "isMoved",
  b.metadata->>'bookedAt' AS "bookedAt"`

/** A booking and those that belong with it. */
export type RelatedBookings = Readonly<{
  self: BookingKeyRow | null
  /** The booking that it took the place of. */
  predecessor: BookingKeyRow | null
  /** The bookings that took its place. */
  successors: readonly BookingKeyRow[]
  /** Others with the same iCalUID: of the same thread, or of the same series. */
  sameCalendarEntry: readonly BookingKeyRow[]
  /** Another booking that has this one's number; Cal.com's numbers repeat when it was set up anew. */
  numberTakenBy: BookingKeyRow | null
}>

/** Everything around these keys. Call under the locks of their identifiers, else the answer may change at once. */
export async function readRelatedBookings(
  tx: SqlTransaction,
  identifiers: BookingIdentifiers,
  keyIds: readonly string[],
): Promise<RelatedBookings> {
  if (keyIds.length === 0) return relatedTo(identifiers, [])
  const keys = await tx.$queryRaw<BookingKeyRow[]>`
    SELECT ${keyColumns}
    FROM booking_keys k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    WHERE k.id = ANY(${[...keyIds]}::uuid[])
    ORDER BY k.id`
  return relatedTo(identifiers, keys)
}

function relatedTo(
  { uid, calBookingId, iCalUid, rescheduledFromUid }: BookingIdentifiers,
  found: readonly BookingKeyRow[],
): RelatedBookings {
  const byNumber = calBookingId === null ? undefined : found.find((key) => key.calBookingId === calBookingId)
  const byUid = uid === null ? undefined : found.find((key) => key.calBookingUid === uid)
  // A number alone finds a booking only where one of the two sides knows no uid.
  const self = byUid ?? (uid === null || byNumber?.calBookingUid === null ? byNumber : undefined) ?? null
  const others = found.filter((key) => key.id !== self?.id)
  return {
    self,
    predecessor: others.find((key) => rescheduledFromUid !== null && key.calBookingUid === rescheduledFromUid) ?? null,
    successors: uid === null ? [] : others.filter((key) => key.rescheduledFromUid === uid),
    sameCalendarEntry: iCalUid === null ? [] : others.filter((key) => key.iCalUid === iCalUid),
    numberTakenBy: byNumber !== undefined && byNumber.id !== self?.id ? byNumber : null,
  }
}

/** The bookings of these uids, and of this iCalUID. */
export async function readKeysNamed(
  tx: SqlTransaction,
  { uids, iCalUid }: Readonly<{ uids: readonly string[]; iCalUid: string | null }>,
): Promise<BookingKeyRow[]> {
  return tx.$queryRaw<BookingKeyRow[]>`
    SELECT ${keyColumns}
    FROM (
      SELECT * FROM booking_keys WHERE "calBookingUid" = ANY(${[...uids]}::text[])
      UNION SELECT * FROM booking_keys WHERE "iCalUid" = ${iCalUid}
    ) k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    ORDER BY k.id`
}

/** The bookings that took the place of one, or may have: of the same iCalUID all that were moved. */
export async function readSuccessors(
  tx: SqlTransaction,
  { id, uid, iCalUid }: Readonly<{ id: string; uid: string | null; iCalUid: string | null }>,
): Promise<BookingKeyRow[]> {
  const found = await tx.$queryRaw<BookingKeyRow[]>`
    SELECT ${keyColumns}
    FROM (
      SELECT * FROM booking_keys WHERE "rescheduledFromUid" = ${uid}
      UNION SELECT * FROM booking_keys WHERE "iCalUid" = ${iCalUid}
    ) k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    ORDER BY k.id`
  return found.filter((key) => key.id !== id && (key.isMoved || key.rescheduledFromUid === uid))
}

const storedColumns = Prisma.raw(['id', ...writtenColumns].map((name) => `"${name}"`).join(', '))

/**
 * A booking's row, its key locked until the transaction ends: whoever else changes it, or writes its summary, waits.
 * Null when there is none of that id.
 */
export async function readStoredBooking(tx: SqlTransaction, id: string): Promise<StoredBooking | null> {
  const [key] = await tx.$queryRaw<{ startTime: Date }[]>`
    SELECT "startTime" FROM booking_keys WHERE id = ${id}::uuid FOR UPDATE`
  if (key === undefined) return null
  // Both parts of the key, so that one partition is looked at.
  const [row] = await tx.$queryRaw<StoredBooking[]>`
    SELECT ${storedColumns} FROM bookings WHERE id = ${id}::uuid AND "startTime" = ${key.startTime}::timestamptz`
  return row ?? null
}
