import type { CalEvent } from './cal-event.model.ts'
import { entryOf, type LogEntry } from './event-log.model.ts'
import { personKeyOf } from './participants.model.ts'

const seatMoves: readonly string[] = ['BOOKING_CREATED', 'BOOKING_REQUESTED', 'BOOKING_RESCHEDULED']

/**
 * What an event that names `rescheduleUid` says about the booking of that uid: its place was taken, or one seat of it
 * left. Cal.com sends no cancellation for it. Null when it says nothing.
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

/** The uid of the booking whose place this event's booking took. */
export function rescheduledFrom(event: CalEvent): string | null {
  if (event.kind === 'no_show' || event.rescheduledFromUid === event.uid) return null
  return event.rescheduledFromUid
}

/**
 * Whether an event may tell of a booking of these: its owner, and whom Cal.com names where it was handed over. What a
 * pastor's own secret signed tells of that pastor's bookings only: it must not close, take over or fill a colleague's. One
 * that was handed over still takes place in its host's Cal.com, and nobody else hears of its end.
 */
export function mayReport(signedBy: string | null, ownerId: string, hostId: string | null = null): boolean {
  return signedBy === null || signedBy === ownerId || signedBy === hostId
}
