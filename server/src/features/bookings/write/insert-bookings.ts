import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { ResponseRow } from '../../forms/encrypt-response.ts'
import { type BookingRow, ownColumns } from './booking-row.model.ts'
import type { DeliveryRow } from './record-delivery.ts'

/** A new booking with all that is written with it. */
export type NewBookingRow = Readonly<{
  booking: BookingRow
  /** Null where nothing was answered. */
  response: ResponseRow | null
  delivery: DeliveryRow
}>

/**
 * Writes new bookings, their keys and answers, and the deliveries that told of them as applied, in one statement. A
 * booking's key comes before it, as in `insertBooking`.
 */
export async function insertBookings(tx: SqlTransaction, beginnings: readonly NewBookingRow[]): Promise<void> {
  if (beginnings.length === 0) return
  const keys = beginnings.map(({ booking: { id, calBookingId, life } }) => ({
    id,
    calBookingId,
    calBookingUid: life.uid,
    startTime: life.startTime,
    threadId: id,
    iCalUid: life.iCalUid,
    rescheduledFromUid: life.rescheduledFromUid,
  }))
  const rows = beginnings.map(({ booking }) => {
    return { ...booking.columns, ...ownColumns(booking), id: booking.id, createdAt: booking.at }
  })
  const responses = beginnings.flatMap(({ response }) => response ?? [])
  const deliveries = beginnings.map(({ delivery, booking: { id, ownerId, at } }) => {
    return { ...delivery, outcome: 'applied', bookingId: id, userId: ownerId, appliedAt: at }
  })
  await tx.$executeRaw`
    WITH key AS (
      INSERT INTO booking_keys
      SELECT * FROM json_populate_recordset(NULL::booking_keys, ${JSON.stringify(keys)}::json)
      RETURNING id
    ), booking AS (
      INSERT INTO bookings
      SELECT b.* FROM json_populate_recordset(NULL::bookings, ${JSON.stringify(rows)}::json) AS b JOIN key USING (id)
      RETURNING id
    ), response AS (
      INSERT INTO form_responses
      SELECT r.* FROM json_populate_recordset(NULL::form_responses, ${JSON.stringify(responses)}::json) AS r
    )
    INSERT INTO webhook_deliveries
    SELECT d.* FROM json_populate_recordset(NULL::webhook_deliveries, ${JSON.stringify(deliveries)}::json) AS d`
}
