import type { CalEvent } from './cal-event.model.ts'
import { entryOf, type LogEntry } from './event-log.model.ts'
import { personKeyOf } from './participants.model.ts'

const seatMoves: readonly string[] = ['BOOKING_CREATED', 'BOOKING_REQUESTED', 'BOOKING_RESCHEDULED']

/**
 * The entry for the booking that an event names as `rescheduleUid`: it was replaced, or one of its seats left. Cal.com sends
 * no cancellation for it. Null if it isn't affected.
 */
export function rescheduledAwayOf(entry: LogEntry): LogEntry | null {
  const { event } = entry
  if (event.kind !== 'booking' && event.kind !== 'meeting') return null
  if (event.rescheduledFromUid === null || event.rescheduledFromUid === event.uid) return null
  const isSeated = event.isSeated && event.attendees.length > 0
  if (isSeated && !seatMoves.includes(event.trigger)) return null
  const createdAt = isSeated && event.kind === 'booking' ? event.createdAt : null
  const people = isSeated ? event.attendees.map(personKeyOf) : []
  return entryOf({ kind: 'departure', toUid: event.uid, createdAt, isSeated, people }, { ...entry, ownerId: null })
}

/** The UID of the booking that the event's booking replaced. */
export function rescheduledFrom(event: CalEvent): string | null {
  if (event.kind === 'no_show' || event.rescheduledFromUid === event.uid) return null
  return event.rescheduledFromUid
}

/**
 * Whether an event may affect a booking of this owner and organizer. An event signed with a pastor's own secret only affects
 * that pastor's bookings: it must not close, take over or add to a colleague's. A booking that was handed over still takes
 * place in its organizer's Cal.com, which alone reports its end.
 */
export function mayReport(signedBy: string | null, ownerId: string, hostId: string | null = null): boolean {
  return signedBy === null || signedBy === ownerId || signedBy === hostId
}
