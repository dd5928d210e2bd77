import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import { rescheduledFrom } from '../lifecycle/rescheduled-away.model.ts'

/** By what names a booking and those around it are found. */
export type BookingIdentifiers = Readonly<{
  uid: string | null
  calBookingId: number | null
  iCalUid: string | null
  rescheduledFromUid: string | null
}>

/** By what an event names its booking and those around it. */
export function identifiersOf(event: CalEvent): BookingIdentifiers {
  const { uid, calBookingId } = event
  const iCalUid = event.kind === 'no_show' ? null : event.iCalUid
  return { uid, calBookingId, iCalUid, rescheduledFromUid: rescheduledFrom(event) }
}
