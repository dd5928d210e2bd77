import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { type StoredBooking, writtenColumns } from './booking-row.model.ts'
import type { BookingIdentifiers } from './identifiers.model.ts'

/** A booking's key: its unique identifiers, and its owner. */
export type BookingKeyRow = Readonly<{
  id: string
  calBookingId: number
  calBookingUid: string | null
  startTime: Date
  threadId: string
  iCalUid: string | null
  rescheduledFromUid: string | null
  userId: string
  /** The organizer in Cal.com, if the booking was handed over to another user. */
  hostId: string | null
  /** Whether it replaced an earlier booking, and the earliest time in its events. */
  isMoved: boolean
  bookedAt: string | null
}>

/** The columns of `BookingKeyRow`. `k` is the key and `b` its booking. */
const keyColumns = Prisma.sql`k.*, b."userId", b.metadata->>'hostId' AS "hostId",
  COALESCE((b.metadata->>'isMoved')::boolean, k."rescheduledFromUid" IS NOT NULL) AS "isMoved",
  b.metadata->>'bookedAt' AS "bookedAt"`

/** A booking and the bookings related to it. */
export type RelatedBookings = Readonly<{
  self: BookingKeyRow | null
  /** The booking that it replaced. */
  predecessor: BookingKeyRow | null
  /** The bookings that replaced it. */
  successors: readonly BookingKeyRow[]
  /** Other bookings with the same iCalUID: of the same thread, or of the same series. */
  sameCalendarEntry: readonly BookingKeyRow[]
  /** Another booking with the same number. Numbers repeat after Cal.com is reinstalled. */
  numberTakenBy: BookingKeyRow | null
}>

/**
 * Reads the bookings related to these identifiers. Call it while holding their locks; otherwise the result may be
 * outdated at once.
 */
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
  // A number identifies a booking only if the event or the booking has no UID.
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

/** The keys of the bookings with one of these UIDs, or with this iCalUID. */
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

/** The bookings that replaced one, or may have: those with the same iCalUID that were rescheduled. */
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
 * Reads a booking's row, and locks its key until the transaction ends, so that other changes and summaries of the
 * booking wait. Null if there is no such booking.
 */
export async function readStoredBooking(tx: SqlTransaction, id: string): Promise<StoredBooking | null> {
  const [key] = await tx.$queryRaw<{ startTime: Date }[]>`
    SELECT "startTime" FROM booking_keys WHERE id = ${id}::uuid FOR UPDATE`
  if (key === undefined) return null
  // Both parts of the key, so that PostgreSQL scans only one partition.
  const [row] = await tx.$queryRaw<StoredBooking[]>`
    SELECT ${storedColumns} FROM bookings WHERE id = ${id}::uuid AND "startTime" = ${key.startTime}::timestamptz`
  return row ?? null
}
