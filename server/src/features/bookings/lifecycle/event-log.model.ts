import { z } from 'zod'
import { calAnswerSchema, calEventSchema, eventIdOf, personSchema } from './cal-event.model.ts'
import { intakeSchema } from './intake.model.ts'

/** Another booking took this one's place, or one seat of it: the other side of an event that names `rescheduleUid`. */
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
 * A pastor handed the booking to a colleague. It stands here and not in a clear column, because whoever could write it
 * there would be given the booking's words by the next event.
 */
const handOverSchema = z.object({
  kind: z.literal('hand_over'),
  at: z.iso.datetime(),
  toUserId: z.string(),
  /** Whom Cal.com named as organizer then. */
  insteadOf: z.string(),
  /** The entry in which it did. */
  after: z.string().nullable(),
})

export type HandOver = Readonly<z.infer<typeof handOverSchema>>

const meetingOutcomes = ['completed', 'no_show'] as const

export type MeetingOutcome = (typeof meetingOutcomes)[number]

/** What became of the meeting, by the word of its pastor; null takes an earlier word back. */
const outcomeSchema = z.object({
  kind: z.literal('outcome'),
  at: z.iso.datetime(),
  outcome: z.enum(meetingOutcomes).nullable(),
  /** Of which meeting: one that is moved has yet to take place. */
  startTime: z.iso.datetime(),
})

export type Outcome = Readonly<z.infer<typeof outcomeSchema>>

const sensitivity = z.enum(['High', 'Medium', 'Low'])

/**
 * What a booking takes over from the one whose place it took: how it was hidden and by whom, and what was written. Made
 * anew whenever the earlier booking changes, so there is one of each earlier booking.
 */
const carriedOverSchema = z.object({
  kind: z.literal('carried_over'),
  /** Names the earlier booking: its uid, or its id where it has none. */
  from: z.string(),
  /** The earliest time that an event of the earlier booking tells. Orders several of these. */
  bookedAt: z.iso.datetime().nullable(),
  eventTypeId: z.int(),
  sensitivity,
  isAnonymous: z.boolean(),
  /** What the earlier booking's pastor set; null where nobody did. */
  pastorSensitivity: sensitivity.nullable(),
  pastorAnonymous: z.boolean(),
  /** The texts that raised it to High: the same ones raise nothing again, where its pastor lowered it. */
  graveTexts: z.array(z.string()),
  people: z.array(personSchema),
  notes: z.string().nullable(),
  answers: z.array(calAnswerSchema),
  /** Of a meeting with seats, what those wrote who moved on to this booking, each alone. */
  seats: z.array(z.object({ person: personSchema, notes: z.string().nullable(), answers: z.array(calAnswerSchema) })),
})

export type CarriedOver = Readonly<z.infer<typeof carriedOverSchema>>

const entrySchema = z.object({
  /** Of what the event says, so that the same event is one entry however often it comes. */
  id: z.string(),
  /** The user that the event's organizer is; null when it names none. */
  ownerId: z.string().nullable(),
  /** The pastor whose own secret signed the delivery; null when the church's did. */
  signedBy: z.string().nullable(),
  event: z.union([calEventSchema, departureSchema, handOverSchema, outcomeSchema, carriedOverSchema]),
})

/** One event of a booking's life, told by Cal.com or decided here, as its sealed record keeps it. */
export type LogEntry = Readonly<z.infer<typeof entrySchema>>

/** What `bookings.encryptedIntakeData` seals: the intake that the pastor opens, and the events that it was made from. */
export const eventLogSchema = intakeSchema.extend({ events: z.array(entrySchema) })

export type EventLog = Readonly<z.infer<typeof eventLogSchema>>

/**
 * Something that is decided here, as an entry of a record: no delivery told it. It is later than what was decided before,
 * whatever the clocks of two nodes say.
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

/** An event as an entry of a record. */
export function entryOf(event: LogEntry['event'], from: Pick<LogEntry, 'ownerId' | 'signedBy'>): LogEntry {
  return { id: eventIdOf(event), ownerId: from.ownerId, signedBy: from.signedBy, event }
}

/**
 * Adds what is not there yet; null when nothing was. The same event under the church's secret takes the place of those
 * under pastors' own, because it may do more. Those of two pastors stand side by side: only the owner's will count.
 */
export function addEntries(present: readonly LogEntry[], arriving: readonly LogEntry[]): LogEntry[] | null {
  let entries = [...present]
  let isNew = false
  for (const entry of arriving) {
    const same = entries.filter(({ id }) => id === entry.id)
    if (same.some(({ signedBy }) => signedBy === null || signedBy === entry.signedBy)) continue
    const kept = entry.signedBy === null ? entries.filter(({ id }) => id !== entry.id) : entries
    entries = [...kept, entry]
    isNew = true
  }
  return isNew ? entries : null
}
