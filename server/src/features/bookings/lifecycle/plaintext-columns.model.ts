import { z } from 'zod'
import { type Attendee, privateTitle, untitled } from './attendees.model.ts'
import { type EventTypeTexts, mentionsIn, questionToShow, shownEventType, zoneOf } from './closed-forms.model.ts'
import { type FoldedBooking, nameOf } from './fold.model.ts'
import type { Intake, IntakeAnswer } from './intake.model.ts'
import { fullLocation, plaintextLocation } from './location.model.ts'
import { type Mentions, mentions } from './mentions.model.ts'
import { asksForAnonymity, isGrave, type Sensitivity } from './sensitivity.model.ts'
import type { BookingStatus } from './status.model.ts'
import { clip } from './text.model.ts'

/** What stands in `bookings.metadata`: counts and settings, nothing about people. */
export const bookingMetadataSchema = z.object({
  /** How many come, also where it is sealed who they are. */
  attendeeCount: z.int().default(0),
  /** Whether a pastor would find anything in the intake. */
  hasIntake: z.boolean().default(false),
  organizerTimeZone: z.string().nullable().default(null),
  isSeated: z.boolean().default(false),
  hasStarted: z.boolean().default(false),
  /** What the pastor set it to; counts before everything else. */
  pastorSensitivity: z.enum(['High', 'Medium', 'Low']).nullable().default(null),
  /** Whether the pastor made it anonymous, as the attendee may also have asked. */
  pastorAnonymous: z.boolean().default(false),
  /** Whether `pastorAnonymous` was set for this very booking: only then does false count before what it took over. */
  isAnonymityDecided: z.boolean().default(false),
  /** Whether it took the place of an earlier booking. */
  isMoved: z.boolean().default(false),
  /** The earliest time that an event of it tells. */
  bookedAt: z.iso.datetime().nullable().default(null),
  /** The user whom Cal.com names as organizer, where the booking was handed over to somebody else here. */
  hostId: z.string().nullable().default(null),
  /** The newest event of Cal.com's that was put in order. */
  newestEvent: z
    .object({ trigger: z.string(), sequence: z.int().nullable(), createdAt: z.string().nullable() })
    .nullable()
    .default(null),
})

type BookingMetadata = Readonly<z.infer<typeof bookingMetadataSchema>>

/** The columns of `bookings` that anybody reads who reads the database. */
export type PlaintextColumns = Readonly<{
  eventTypeId: number
  eventTypeTitle: string | null
  eventTypeSlug: string | null
  title: string
  description: string | null
  startTime: Date
  endTime: Date
  timeZone: string | null
  duration: number
  location: string | null
  attendees: readonly Attendee[] | null
  attendeeEmails: readonly string[] | null
  attendeeNames: readonly string[] | null
  sensitivity: Sensitivity
  isAnonymous: boolean
  redactedDescription: string
  metadata: BookingMetadata
  status: BookingStatus
}>

export type ShownAs = Readonly<{
  sensitivity: Sensitivity
  pastorSensitivity: Sensitivity | null
  pastorAnonymous: boolean
  isAnonymityDecided: boolean
  /** Whether the booking whose place it took was anonymous. */
  wasAnonymous: boolean
}>

/** What of a booking's past stands beside its columns. */
export type Origins = Readonly<{ isMoved: boolean; bookedAt: string | null }>

/**
 * What of a booking may stand in plaintext: the table of design §2, column by column. Beside closed forms only what its
 * pastor calls the event type stands there, and nothing that names anybody, but for the title and the attendees.
 *
 * @param known - the event type as its pastor knows it
 */
export function plaintextColumnsOf(
  life: FoldedBooking,
  shownAs: ShownAs,
  known: EventTypeTexts | null,
  { isMoved, bookedAt }: Origins = { isMoved: false, bookedAt: null },
): PlaintextColumns {
  // Nobody takes back for the attendee what the attendee asked for.
  const isHiddenByPastor = shownAs.pastorAnonymous || (shownAs.wasAnonymous && !shownAs.isAnonymityDecided)
  const isAnonymous = isHiddenByPastor || asksForAnonymity(life.answers)
  const { sensitivity } = shownAs
  const isPrivate = sensitivity === 'High' || isAnonymous
  const of = mentionsIn(life)
  const shown = shownEventType(known, of)
  const eventType = shown.title ?? shown.slug
  const duration = Math.round((life.endTime.getTime() - life.startTime.getTime()) / 60_000)
  const attendees = life.people.map(attendeeOf)
  return {
    eventTypeId: life.eventTypeId,
    eventTypeTitle: shown.title,
    eventTypeSlug: shown.slug,
    title: clip((isPrivate ? null : clearTitle(life, of)) ?? eventType ?? untitled, 255),
    description: isPrivate ? null : shown.description,
    startTime: life.startTime,
    endTime: life.endTime,
    timeZone: attendees.find(({ timeZone }) => timeZone !== null)?.timeZone ?? null,
    duration,
    location: plaintextLocation(
      life.place,
      isPrivate,
      (text) => !mentions(text, of, { isStrict: true }) && !isGrave(text),
    ),
    attendees: isPrivate ? null : attendees,
    attendeeEmails: isPrivate ? null : attendees.flatMap(({ email }) => email ?? []),
    attendeeNames: isPrivate ? null : attendees.map(({ name }) => name),
    sensitivity,
    isAnonymous,
    redactedDescription: redactedDescription(sensitivity, isPrivate, eventType ?? untitled, duration),
    metadata: {
      attendeeCount: attendees.length,
      hasIntake: hasSomethingToOpen(life, isPrivate),
      organizerTimeZone: zoneOf(life.organizerTimeZone),
      isSeated: life.isSeated,
      hasStarted: life.hasStarted,
      pastorSensitivity: shownAs.pastorSensitivity,
      pastorAnonymous: shownAs.pastorAnonymous,
      isAnonymityDecided: shownAs.isAnonymityDecided,
      isMoved,
      bookedAt,
      hostId: life.hostId === life.ownerId ? null : life.hostId,
      newestEvent: life.newest,
    },
    status: life.status,
  }
}

/**
 * Cal.com's title, unless its template puts what the attendee typed, or a phone number, into it: those stand in plaintext
 * nowhere.
 */
function clearTitle({ title, notes, answers, place }: FoldedBooking, of: Mentions): string | null {
  if (title === null || mentions(title, { ...nobody, numbers: of.numbers }, { isStrict: false })) return null
  const told = answers.filter(({ slug }) => !namingSlugs.has(slug)).flatMap(({ values }) => values)
  const typed = [...(notes ?? '').split('\n\n'), place?.typed ?? '', ...told].map((text) => text.toLowerCase())
  const lower = title.toLowerCase()
  return typed.some((text) => text.length >= shortestQuote && lower.includes(text)) ? null : title
}

const nobody: Mentions = { names: [], parts: [], addresses: [], numbers: [] }

/** A title may name who comes (design §2), also in the words of the booking form. */
const namingSlugs = new Set(['name', 'email', 'guests'])

/** "Yes" in a title quotes nobody. */
const shortestQuote = 4

/** What of a booking is sealed for its pastor. */
export function intakeOf(life: FoldedBooking): Intake {
  return {
    version: 1,
    notes: life.notes,
    answers: answersOf(life, life.answers),
    attendees: life.people.map(attendeeOf),
    contacts: life.contacts.map((contact) => ({ ...contact })),
    cancellationReason: life.cancellationReason,
    rejectionReason: life.rejectionReason,
    title: life.title,
    location: fullLocation(life.place),
  }
}

/** What was answered to the pastor's own questions, as the form response seals it. */
export function customAnswersOf(life: FoldedBooking): IntakeAnswer[] {
  return answersOf(
    life,
    life.answers.filter((answer) => answer.isCustom),
  )
}

/**
 * What was asked with a booking, and what was answered, for the form of its event type. A form stands in plaintext, so
 * only questions that name nobody go into it; the answers keep theirs.
 */
export function answersGiven(bookingId: string, ownerId: string, life: FoldedBooking, columns: PlaintextColumns) {
  const { eventTypeId } = life
  const of = mentionsIn(life)
  const asked = life.answers.filter((answer) => answer.isCustom).flatMap((answer) => questionToShow(answer, of) ?? [])
  return {
    ownerId,
    bookingId,
    eventTypeId,
    eventTypeTitle: columns.eventTypeTitle,
    asked,
    answered: customAnswersOf(life),
  }
}

function answersOf(life: FoldedBooking, answers: FoldedBooking['answers']): IntakeAnswer[] {
  const areSeveral = life.isSeated && life.people.length > 1
  return answers
    .filter((answer) => answer.values.length > 0)
    .map(({ slug, label, values, by }) => ({
      slug,
      // Whose answer it is: everybody in a meeting with seats answered for themselves.
      label: areSeveral && by !== null ? `${label} (${nameOf(by)})` : label,
      values: [...values],
    }))
}

function attendeeOf(person: FoldedBooking['people'][number]): Attendee {
  return { name: nameOf(person), email: person.email, timeZone: zoneOf(person.timeZone) }
}

function redactedDescription(sensitivity: Sensitivity, isPrivate: boolean, eventType: string, minutes: number): string {
  if (isPrivate) return privateTitle
  return sensitivity === 'Low' ? `${eventType}, ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}` : eventType
}

function hasSomethingToOpen(life: FoldedBooking, isPrivate: boolean): boolean {
  const words = [life.notes, life.cancellationReason, life.rejectionReason]
  const hasWords = words.some((text) => text !== null) || life.answers.some((answer) => answer.values.length > 0)
  const isReachedOtherwise = life.contacts.some(({ phoneNumber }) => phoneNumber !== null)
  return (
    hasWords ||
    isReachedOtherwise ||
    (isPrivate && life.people.length > 0) ||
    fullLocation(life.place) !== plaintextLocation(life.place, isPrivate, () => true)
  )
}
