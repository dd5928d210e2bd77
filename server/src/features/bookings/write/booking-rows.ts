import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { type ResponseRow, upsertResponses } from '../../forms/form-responses.ts'
import { type BookingRow, columnsOf, writtenColumns } from './booking-row.model.ts'

/**
 * Inserts new bookings, their keys and their form responses in one statement. Each key is inserted first, with
 * identifiers that `bookings` has no columns for: the trigger on `bookings` then finds the key and leaves it unchanged.
 */
export async function insertBookings(
  tx: SqlTransaction,
  bookings: readonly BookingRow[],
  responses: readonly ResponseRow[],
): Promise<void> {
  if (bookings.length === 0) {
    if (responses.length > 0) await tx.$executeRaw(upsertResponses(responses))
    return
  }
  const keys = bookings.map(({ id, calBookingId, life }) => ({
    id,
    calBookingId,
    calBookingUid: life.uid,
    startTime: life.startTime,
    threadId: id,
    iCalUid: life.iCalUid,
    rescheduledFromUid: life.rescheduledFromUid,
  }))
  await tx.$executeRaw`
    WITH key AS (
      INSERT INTO booking_keys
      SELECT * FROM json_populate_recordset(NULL::booking_keys, ${JSON.stringify(keys)}::json)
      RETURNING id
    ), response AS (${upsertResponses(responses)})
    INSERT INTO bookings
    SELECT b.*
    FROM json_populate_recordset(NULL::bookings, ${JSON.stringify(bookings.map(columnsOf))}::json) AS b
    JOIN key USING (id)`
}

/** A changed booking, and the current start time of its row. A new start time may move the row to another partition. */
export type ChangedRow = Readonly<{ booking: BookingRow; startTime: Date }>

const columnNames = [...writtenColumns, 'updatedAt'].map((name) => `"${name}"`)
const written = Prisma.raw(columnNames.join(', '))
const given = Prisma.raw(columnNames.map((name) => `given.${name}`).join(', '))

/** Updates the rows of bookings and the identifiers in their keys. */
export async function updateBookings(tx: SqlTransaction, changed: readonly ChangedRow[]): Promise<void> {
  for (const { booking, startTime } of changed) {
    const { id, life } = booking
    // Both parts of the key, so that PostgreSQL scans only one partition.
    await tx.$executeRaw`
      UPDATE bookings b SET (${written}) = ROW(${given})
      FROM json_populate_record(NULL::bookings, ${JSON.stringify(columnsOf(booking))}::json) AS given
      WHERE b.id = ${id}::uuid AND b."startTime" = ${startTime}::timestamptz`
    await tx.$executeRaw`
      UPDATE booking_keys SET "iCalUid" = ${life.iCalUid}, "rescheduledFromUid" = ${life.rescheduledFromUid}
      WHERE id = ${id}::uuid`
  }
}
