import type { ParsedDelivery } from '../calcom/cal-payload.model.ts'
import type { BookingEvent, CalOrganizer } from '../lifecycle/cal-event.model.ts'

/** An event that tells all that a booking needs to begin, and of no other booking. */
export type NewBookingEvent = BookingEvent & Readonly<{ organizer: CalOrganizer; startTime: string }>

/** The event of a delivery that may begin a booking; null for any other delivery. */
export function newBookingIn(parsed: ParsedDelivery): NewBookingEvent | null {
  if (parsed.kind !== 'event' || parsed.event.kind !== 'booking') return null
  const { organizer, startTime, rescheduledFromUid } = parsed.event
  if (organizer === null || startTime === null || rescheduledFromUid !== null) return null
  return { ...parsed.event, organizer, startTime }
}
