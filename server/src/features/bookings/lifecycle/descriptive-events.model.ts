import type { BookingEvent, MeetingEvent } from './cal-event.model.ts'
import type { LogEntry } from './event-log.model.ts'
import { inOrder, type Ordered } from './event-order.model.ts'

/** An event that describes a booking: when, where and with whom it is. */
export type DescriptiveEvents = BookingEvent | MeetingEvent

/** The descriptive events of a booking, in order. */
export function descriptiveEventsIn(entries: readonly LogEntry[]) {
  const bookingEvents = inOrder(entries.flatMap(ofKind('booking')))
  const meetingEvents = entries.flatMap(ofKind('meeting')).sort((a, b) => (a.id < b.id ? -1 : 1))
  // A meeting event repeats the booking as it was created, so all booking events take precedence.
  const ordered: readonly Ordered<DescriptiveEvents>[] = [...meetingEvents, ...bookingEvents]
  return { bookingEvents, meetingEvents, ordered, events: ordered.map(({ event }) => event) }
}

function ofKind<K extends DescriptiveEvents['kind']>(kind: K) {
  return ({ id, event }: LogEntry): Ordered<Extract<DescriptiveEvents, { kind: K }>>[] =>
    // the filter on `kind` guarantees the type
    event.kind === kind ? [{ id, event: event as Extract<DescriptiveEvents, { kind: K }> }] : []
}
