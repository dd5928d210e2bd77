import { isSameDay } from '../../../lib/time.ts'
import type { BookingRow } from '../model.ts'

const usual = { first: 8, last: 18 }

/**
 * The hours that a week's grid must have so that no booking falls outside it: 8 to 18 at least, wider where a booking
 * starts earlier or ends later. As FullCalendar wants them, `08:00` and `18:00`, at most `24:00`.
 */
export function hoursOf(
  bookings: readonly Pick<BookingRow, 'startTime' | 'endTime'>[],
): Readonly<{ from: string; to: string }> {
  const first = Math.min(usual.first, ...bookings.map((booking) => new Date(booking.startTime).getHours()))
  const last = Math.max(usual.last, ...bookings.map(endHour))
  return { from: clock(first), to: clock(last) }
}

/** The first whole hour at which a booking is over; 24 when that is past midnight. */
function endHour(booking: Pick<BookingRow, 'startTime' | 'endTime'>): number {
  const end = new Date(booking.endTime)
  if (!isSameDay(new Date(booking.startTime), end)) return 24
  return end.getMinutes() === 0 ? end.getHours() : end.getHours() + 1
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`
}
