import { z } from 'zod'
import { calAnswerSchema, calEventSchema, eventIdOf, personSchema } from './cal-event.model.ts'
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
