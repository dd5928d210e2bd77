import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import { rescheduledFrom } from '../lifecycle/rescheduled-away.model.ts'

/** The identifiers of a booking and of related ones. */
export type BookingIdentifiers = Readonly<{
  uid: string | null
  calBookingId: number | null
  iCalUid: string | null
  rescheduledFromUid: string | null
}>

/** The identifiers in an event. */
export function identifiersOf(event: CalEvent): BookingIdentifiers {
  const { uid, calBookingId } = event
  const iCalUid = event.kind === 'no_show' ? null : event.iCalUid
  return { uid, calBookingId, iCalUid, rescheduledFromUid: rescheduledFrom(event) }
}
