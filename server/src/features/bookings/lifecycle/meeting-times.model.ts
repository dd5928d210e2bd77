import type { BookingEvent, MeetingEvent } from './cal-event.model.ts'
import type { DescriptiveEvents, Ordered } from './event-log.model.ts'

/** The longest event type that Cal.com allows. */
const maxMinutes = 1_440

/** An end this many times the event type's length after the start is an error, not a long meeting. */
const maxOverrun = 2

/** The last value in the order of events that isn't null. */
export function latest<T>(
  events: readonly DescriptiveEvents[],
  pick: (event: DescriptiveEvents) => T | null,
): T | null {
  for (const event of events.toReversed()) {
    const picked = pick(event)
    if (picked !== null) return picked
  }
  return null
}

/**
 * The start in a row of Cal.com's that was updated after every booking event. Cal.com sends no webhook if the times are
 * changed through its API. Null if no row is newer.
 */
export function correctedStart(
  meetingEvents: readonly Ordered<MeetingEvent>[],
  bookingEvents: readonly Ordered<BookingEvent>[],
): string | null {
  // A booking event without a time counts as the newest.
  const newest = bookingEvents.map(({ event }) => event.createdAt ?? '9999').reduce((a, b) => (a > b ? a : b), '')
  const row = meetingEvents.findLast(({ event }) => event.startTime !== null && (event.updatedAt ?? '') > newest)
  return row?.event.startTime ?? null
}

/** The end of a meeting, and whether Cal.com's was replaced because it can't be right. */
export type MeetingEnd = Readonly<{ endTime: Date; isCorrected: boolean }>

/**
 * The end from the same event as the start: that of an earlier time would change the duration. An end before the start,
 * more than a day after it, or more than twice the event type's length after it is replaced by the start plus that length.
 */
export function endOf(events: readonly DescriptiveEvents[], startTime: string): MeetingEnd {
  const start = Date.parse(startTime)
  const stated = latest(events, ({ lengthMinutes }) =>
    lengthMinutes !== null && lengthMinutes > 0 && lengthMinutes <= maxMinutes ? lengthMinutes : null,
  )
  const source = events.findLast((event) => event.startTime === startTime && event.endTime !== null)
  const end = source?.endTime ? Date.parse(source.endTime) : null
  const longest = Math.min(maxMinutes, (stated ?? maxMinutes) * maxOverrun)
  if (end !== null && end >= start && end <= start + longest * 60_000)
    return { endTime: new Date(end), isCorrected: false }
  return { endTime: new Date(start + (stated ?? 0) * 60_000), isCorrected: end !== null }
}
