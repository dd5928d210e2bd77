import { type BookingEvent, bookingTriggers } from './cal-event.model.ts'

/** An event with the ID that breaks ties between equal times. */
export type Ordered<E> = Readonly<{ id: string; event: E }>

/**
 * Sorts a booking's events in the order in which they happened, regardless of their arrival: by iCalSequence, createdAt,
 * trigger (a cancellation after what it cancels), then ID. A total order that depends only on the set of events.
 *
 * An event without iCalSequence (BOOKING_REJECTED, and events of old Cal.com versions) gets the highest one reached by its
 * createdAt. Comparing such an event with each other one by time alone would create cycles, and the result would depend on
 * arrival. An event without createdAt counts as the newest, so that its trigger decides.
 */
export function inOrder<E extends Pick<BookingEvent, 'trigger' | 'createdAt' | 'sequence'>>(
  entries: readonly Ordered<E>[],
): Ordered<E>[] {
  const newest = Math.max(0, ...entries.map(({ event }) => timeOf(event) ?? 0))
  const at = (event: E) => timeOf(event) ?? newest
  const sequenced = entries.flatMap(({ event }) =>
    event.sequence === null ? [] : { sequence: event.sequence, at: at(event) },
  )
  const sequenceOf = (event: E) =>
    event.sequence ?? Math.max(-1, ...sequenced.filter((other) => other.at <= at(event)).map((other) => other.sequence))
  return entries
    .map((entry) => ({ entry, key: [sequenceOf(entry.event), at(entry.event), rankOf(entry.event)] }))
    .sort((a, b) => compareKeys(a.key, b.key) || compareTexts(a.entry.id, b.entry.id))
    .map(({ entry }) => entry)
}

/**
 * Sorts events about individual people by createdAt only. Cancelling a seat raises the iCalSequence only in its own payload,
 * so the same person's next seat would otherwise seem older.
 */
export function inOrderOfTime<E extends Readonly<{ createdAt: string | null }>>(
  entries: readonly Ordered<E>[],
  rankOfEvent: (event: E) => number,
): Ordered<E>[] {
  const newest = Math.max(0, ...entries.map(({ event }) => timeOf(event) ?? 0))
  return entries
    .map((entry) => ({ entry, key: [timeOf(entry.event) ?? newest, rankOfEvent(entry.event)] }))
    .sort((a, b) => compareKeys(a.key, b.key) || compareTexts(a.entry.id, b.entry.id))
    .map(({ entry }) => entry)
}

/** The latest decision made in ChurchHub, by this server's clock; the ID breaks ties. Null if there is none. */
export function latestDecision<E extends Readonly<{ at: string }>>(decisions: readonly Ordered<E>[]): E | null {
  const ordered = decisions.toSorted((a, b) => compareTexts(a.event.at, b.event.at) || compareTexts(a.id, b.id))
  return ordered.at(-1)?.event ?? null
}

/** The order of events at the same time: a request before its confirmation, a cancellation last. */
export function rankOf(event: Pick<BookingEvent, 'trigger'>): number {
  return bookingTriggers.indexOf(event.trigger)
}

function timeOf(event: Readonly<{ createdAt: string | null }>): number | null {
  return event.createdAt === null ? null : Date.parse(event.createdAt)
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((part, index) => part !== b[index])
  return differing === -1 ? 0 : (a[differing] ?? 0) - (b[differing] ?? 0)
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
