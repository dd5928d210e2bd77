import { Prisma, type Transaction } from '../../../platform/database/client.ts'
import { type BookingRow, ownColumns } from './booking-row.model.ts'

/**
 * Writes over a booking's row and the names in its key.
 *
 * @param startTime - as it was: it finds the row, and a new one moves it to its month's partition
 */
export async function updateBooking(tx: Transaction, booking: BookingRow, startTime: Date): Promise<void> {
  const { id, columns, life } = booking
  const data = {
    ...columns,
    attendees: columns.attendees ?? Prisma.DbNull,
    attendeeEmails: columns.attendeeEmails ?? Prisma.DbNull,
    attendeeNames: columns.attendeeNames ?? Prisma.DbNull,
    ...ownColumns(booking),
  }
  await tx.booking.updateMany({ where: { id, startTime }, data })
  const { iCalUid, rescheduledFromUid } = life
  await tx.bookingKey.updateMany({ where: { id }, data: { iCalUid, rescheduledFromUid } })
}
