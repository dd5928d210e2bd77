import type { CalEvent } from '../lifecycle/cal-event.model.ts'

/** Whether an event tells all that a new booking needs, and of no other booking. */
export function mayStartBooking(event: CalEvent): boolean {
  if (event.kind !== 'booking') return false
  return event.organizer !== null && event.startTime !== null && event.rescheduledFromUid === null
}
