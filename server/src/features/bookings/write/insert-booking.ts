import type { Transaction } from '../../../platform/database/client.ts'
import { type BookingRow, ownColumns } from './booking-row.model.ts'

/**
 * Writes a new booking and its key in one statement. The key comes first, with the names that a booking's row has no
 * columns for: the trigger that keeps keys then finds it there and leaves it as it is.
 */
export async function insertBooking(tx: Transaction, booking: BookingRow): Promise<void> {
  const { id, calBookingId, life, columns, at } = booking
  const row = JSON.stringify({ ...columns, ...ownColumns(booking), id, createdAt: at })
  await tx.$executeRaw`
    WITH key AS (
      INSERT INTO booking_keys (id, "calBookingId", "calBookingUid", "startTime", "threadId", "iCalUid", "rescheduledFromUid")
      VALUES (${id}::uuid, ${calBookingId}, ${life.uid}, ${columns.startTime}, ${id}::uuid, ${life.iCalUid}, ${life.rescheduledFromUid})
      RETURNING id
    )
    INSERT INTO bookings SELECT booking.* FROM key, jsonb_populate_record(NULL::bookings, ${row}::jsonb) AS booking`
}
