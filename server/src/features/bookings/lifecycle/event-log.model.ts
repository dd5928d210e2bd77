import { z } from 'zod'
import {
  type BookingEvent,
  bookingTriggers,
  type CalEvent,
  calAnswerSchema,
  calEventSchema,
  eventIdOf,
  type MeetingEvent,
  personKeyOf,
  personSchema,
} from './cal-event.model.ts'
import { intakeSchema } from './intake.model.ts'

/** Another booking replaced this one, or one of its seats: the counterpart of an event that names `rescheduleUid`. */
const departureSchema = z.object({
  kind: z.literal('departure'),
  toUid: z.string().nullable(),
  createdAt: z.iso.datetime().nullable(),
  isSeated: z.boolean(),
  /** Who left, by the keys of `personKeyOf`. */
  people: z.array(z.string()),
})

export type RescheduledAway = Readonly<z.infer<typeof departureSchema>>

/**
 * A pastor handed the booking over to a colleague. Part of the encrypted log and not a plaintext column: otherwise anyone
 * able to write that column would get the booking's texts at the next event.
 */
const handOverSchema = z.object({
  kind: z.literal('hand_over'),
  at: z.iso.datetime(),
  toUserId: z.string(),
  /** The organizer that Cal.com named at the time. */
  insteadOf: z.string(),
  /** The entry that named them. */
  after: z.string().nullable(),
})

export type HandOver = Readonly<z.infer<typeof handOverSchema>>

const meetingOutcomes = ['completed', 'no_show'] as const

export type MeetingOutcome = (typeof meetingOutcomes)[number]

/** The outcome of the meeting according to its pastor; null clears an earlier one. */
const outcomeSchema = z.object({
  kind: z.literal('outcome'),
  at: z.iso.datetime(),
  outcome: z.enum(meetingOutcomes).nullable(),
  /** The meeting that the outcome is for: a meeting that is moved has yet to take place. */
  startTime: z.iso.datetime(),
})

export type Outcome = Readonly<z.infer<typeof outcomeSchema>>

const sensitivity = z.enum(['High', 'Medium', 'Low'])

/**
 * What a booking takes over from the one it replaced: its sensitivity and anonymity, who set them, and its texts. Replaced
 * whenever the earlier booking changes, so there is one per earlier booking.
 */
const carriedOverSchema = z.object({
  kind: z.literal('carried_over'),
  /** Identifies the earlier booking: its UID, or its ID if it has none. */
  from: z.string(),
  /** The earliest creation time of the earlier booking's events. Orders several of these. */
  bookedAt: z.iso.datetime().nullable(),
  eventTypeId: z.int(),
  sensitivity,
  isAnonymous: z.boolean(),
  /** The sensitivity that the earlier booking's pastor set; null if none did. */
  pastorSensitivity: sensitivity.nullable(),
  pastorAnonymous: z.boolean(),
  /** The texts that raised the earlier booking to High. They don't raise this one again if its pastor lowered it. */
  graveTexts: z.array(z.string()),
  people: z.array(personSchema),
  notes: z.string().nullable(),
  answers: z.array(calAnswerSchema),
  /** For a meeting with seats, the texts of each person who moved to this booking. */
  seats: z.array(z.object({ person: personSchema, notes: z.string().nullable(), answers: z.array(calAnswerSchema) })),
})

export type CarriedOver = Readonly<z.infer<typeof carriedOverSchema>>

const entrySchema = z.object({
  /** A hash of the event, so that a repeated event remains a single entry. */
  id: z.string(),
  /** The user who is the event's organizer; null if it names none. */
  ownerId: z.string().nullable(),
  /** The pastor whose own secret signed the delivery; null for the church's. */
  signedBy: z.string().nullable(),
  event: z.union([calEventSchema, departureSchema, handOverSchema, outcomeSchema, carriedOverSchema]),
})

/** An entry of a booking's event log: an event from Cal.com, or a decision made in ChurchHub. */
export type LogEntry = Readonly<z.infer<typeof entrySchema>>

/**
 * The JSON that `bookings.encryptedIntakeData` contains when decrypted: the intake for the pastor, and the events it was
 * folded from.
 */
export const eventLogSchema = intakeSchema.extend({ events: z.array(entrySchema) })

export type EventLog = Readonly<z.infer<typeof eventLogSchema>>

/**
 * Creates an entry for a decision made in ChurchHub. Its time is after all earlier decisions, even if the clocks of two
 * nodes differ.
 */
export function decided(
  entries: readonly LogEntry[],
  now: Date,
  decision: Omit<HandOver, 'at'> | Omit<Outcome, 'at'>,
): LogEntry {
  const before = entries.map(({ event }) => ('at' in event ? Date.parse(event.at) + 1 : 0))
  const at = new Date(Math.max(now.getTime(), ...before)).toISOString()
  return entryOf({ ...decision, at }, { ownerId: null, signedBy: null })
}

/** Creates an entry for an event. */
export function entryOf(event: LogEntry['event'], from: Pick<LogEntry, 'ownerId' | 'signedBy'>): LogEntry {
  return { id: eventIdOf(event), ownerId: from.ownerId, signedBy: from.signedBy, event }
}

/**
 * Adds new entries; null if there are none. An event signed with the church's secret replaces the same event signed with a
 * pastor's, because it has more authority. Those signed with two pastors' secrets are both kept; only the owner's will
 * count.
 */
export function addEntries(present: readonly LogEntry[], received: readonly LogEntry[]): LogEntry[] | null {
  let entries = [...present]
  let isNew = false
  for (const entry of received) {
    const same = entries.filter(({ id }) => id === entry.id)
    if (same.some(({ signedBy }) => signedBy === null || signedBy === entry.signedBy)) continue
    const remaining = entry.signedBy === null ? entries.filter(({ id }) => id !== entry.id) : entries
    entries = [...remaining, entry]
    isNew = true
  }
  return isNew ? entries : null
}

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
function inOrder<E extends Pick<BookingEvent, 'trigger' | 'createdAt' | 'sequence'>>(
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

/** An event that describes a booking: when, where and with whom it is. */
export type DescriptiveEvents = BookingEvent | MeetingEvent

/** The descriptive events of a booking, in order. */
export function descriptiveEventsIn(entries: readonly LogEntry[]) {
  const bookingEvents = inOrder(entries.flatMap(ofKind('booking')))
  const meetingEvents = entries
    .flatMap(ofKind('meeting'))
    .sort((a, b) => compareTexts(a.event.updatedAt ?? '', b.event.updatedAt ?? '') || compareTexts(a.id, b.id))
  // A meeting event repeats the booking as it was created, so all booking events take precedence.
  const ordered: readonly Ordered<DescriptiveEvents>[] = [...meetingEvents, ...bookingEvents]
  return { bookingEvents, meetingEvents, ordered, events: ordered.map(({ event }) => event) }
}

function ofKind<K extends DescriptiveEvents['kind']>(kind: K) {
  return ({ id, event }: LogEntry): Ordered<Extract<DescriptiveEvents, { kind: K }>>[] =>
    // the filter on `kind` guarantees the type
    event.kind === kind ? [{ id, event: event as Extract<DescriptiveEvents, { kind: K }> }] : []
}

const seatMoves: readonly string[] = [
  'BOOKING_CREATED',
  'INSTANT_MEETING_ACCEPTED',
  'BOOKING_REQUESTED',
  'BOOKING_RESCHEDULED',
]

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
