import type { CalEvent } from '../lifecycle/cal-event.model.ts'

/** Whether an event contains everything that a new booking needs, and refers to no other booking. */
export function mayStartBooking(event: CalEvent): boolean {
  if (event.kind !== 'booking') return false
  return event.organizer !== null && event.startTime !== null && event.rescheduledFromUid === null
}
