import type { BookingEvent, MeetingEvent } from './cal-event.model.ts'
import type { LogEntry } from './event-log.model.ts'
import { inOrder, type Ordered } from './event-order.model.ts'

/** An event that says what a booking is: when, where, with whom. */
export type DescriptiveEvents = BookingEvent | MeetingEvent

/** What the events of the booking itself say, in order, and so its meetings. */
export function descriptiveEventsIn(entries: readonly LogEntry[]) {
  const booked = inOrder(entries.flatMap(ofKind('booking')))
  const met = entries.flatMap(ofKind('meeting')).sort((a, b) => (a.id < b.id ? -1 : 1))
  // A meeting's payload was written when it was booked: whatever was said since counts more.
  const ordered: readonly Ordered<DescriptiveEvents>[] = [...met, ...booked]
  return { booked, met, ordered, speaking: ordered.map(({ event }) => event) }
}

function ofKind<K extends DescriptiveEvents['kind']>(kind: K) {
  return ({ id, event }: LogEntry): Ordered<Extract<DescriptiveEvents, { kind: K }>>[] =>
    // The kind that was asked for is the kind that it is.
    event.kind === kind ? [{ id, event: event as Extract<DescriptiveEvents, { kind: K }> }] : []
}
