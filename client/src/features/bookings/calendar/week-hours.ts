import { isSameDay } from '../../../lib/time.ts'
import type { BookingRow } from '../model.ts'

const defaultHours = { first: 8, last: 18 }

/**
 * The hours of the week view, so that every booking is visible: at least 8 to 18, wider if a booking starts earlier or
 * ends later. In FullCalendar's format, `08:00` and `18:00`, at most `24:00`.
 */
export function hoursOf(
  bookings: readonly Pick<BookingRow, 'startTime' | 'endTime'>[],
): Readonly<{ from: string; to: string }> {
  const first = Math.min(defaultHours.first, ...bookings.map((booking) => new Date(booking.startTime).getHours()))
  const last = Math.max(defaultHours.last, ...bookings.map(endHour))
  return { from: clock(first), to: clock(last) }
}

/** The first full hour after a booking's end; 24 if that is past midnight. */
function endHour(booking: Pick<BookingRow, 'startTime' | 'endTime'>): number {
  const end = new Date(booking.endTime)
  if (!isSameDay(new Date(booking.startTime), end)) return 24
  return end.getMinutes() === 0 ? end.getHours() : end.getHours() + 1
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`
}
