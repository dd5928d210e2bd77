import { z } from 'zod'
import { type BookingStatus, type FoldedBooking, nameOf } from './fold.model.ts'
import { type Attendee, type Intake, type IntakeAnswer, privateTitle, untitled } from './intake.model.ts'
import { containsIdentifier, type PersonalIdentifiers } from './personal-identifiers.model.ts'
import {
  clip,
  type EventTypeTexts,
  fullLocation,
  plaintextLocation,
  plaintextQuestion,
  visibleEventType,
  zoneOf,
} from './plaintext-texts.model.ts'
import { asksForAnonymity, isGrave, type Sensitivity } from './sensitivity.model.ts'

/** The JSON in `bookings.metadata`: counts and settings, no personal data. */
export const bookingMetadataSchema = z.object({
  /** The number of attendees, known even if the attendees themselves are encrypted. */
  attendeeCount: z.int().default(0),
  /** Whether the intake contains anything for the pastor. */
  hasIntake: z.boolean().default(false),
  organizerTimeZone: z.string().nullable().default(null),
  isSeated: z.boolean().default(false),
  hasStarted: z.boolean().default(false),
  /** Whether Cal.com's end was implausible and was replaced. */
  isEndTimeCorrected: z.boolean().default(false),
  /** The sensitivity set by the pastor. Takes precedence over everything else. */
  pastorSensitivity: z.enum(['High', 'Medium', 'Low']).nullable().default(null),
  /** Whether the pastor made the booking anonymous. The attendee may have asked for it as well. */
  pastorAnonymous: z.boolean().default(false),
  /** Whether `pastorAnonymous` was set for this booking itself. Only then does false override what was carried over. */
  isAnonymityDecided: z.boolean().default(false),
  /** Whether the booking replaced an earlier one. */
  isMoved: z.boolean().default(false),
  /** The earliest creation time of its events. */
  bookedAt: z.iso.datetime().nullable().default(null),
  /** The organizer according to Cal.com, if the booking was handed over in ChurchHub. */
  hostId: z.string().nullable().default(null),
  /** The newest Cal.com event in order. */
  newestEvent: z
    .object({ trigger: z.string(), sequence: z.int().nullable(), createdAt: z.string().nullable() })
    .nullable()
    .default(null),
})

type BookingMetadata = Readonly<z.infer<typeof bookingMetadataSchema>>

/** The unencrypted columns of `bookings`, readable by anyone with access to the database. */
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

export type SensitivitySettings = Readonly<{
  sensitivity: Sensitivity
  pastorSensitivity: Sensitivity | null
  pastorAnonymous: boolean
  isAnonymityDecided: boolean
  /** Whether the booking it replaced was anonymous. */
  wasAnonymous: boolean
}>

/** Where the booking comes from: whether it replaced an earlier one, and when it was first booked. */
export type Origins = Readonly<{ isMoved: boolean; bookedAt: string | null }>

/**
 * Computes the plaintext columns of a booking (docs/decisions/011). Apart from values with a fixed format, they contain only
 * the pastor's own texts for the event type, and identify nobody except in the title and the attendees.
 *
 * @param known - the texts of the event type known for its pastor
 * @param of - the identifiers of the booking's people
 */
export function plaintextColumnsOf(
  folded: FoldedBooking,
  settings: SensitivitySettings,
  known: EventTypeTexts | null,
  of: PersonalIdentifiers,
  { isMoved, bookedAt }: Origins,
): PlaintextColumns {
  // The pastor can't undo the anonymity that the attendee asked for.
  const isHiddenByPastor = settings.pastorAnonymous || (settings.wasAnonymous && !settings.isAnonymityDecided)
  const isAnonymous = isHiddenByPastor || asksForAnonymity(folded.answers)
  const { sensitivity } = settings
  const isPrivate = sensitivity === 'High' || isAnonymous
  const shown = visibleEventType(known, of)
  const eventType = shown.title ?? shown.slug
  const duration = Math.round((folded.endTime.getTime() - folded.startTime.getTime()) / 60_000)
  const attendees = folded.people.map(attendeeOf)
  return {
    eventTypeId: folded.eventTypeId,
    eventTypeTitle: shown.title,
    eventTypeSlug: shown.slug,
    title: clip((isPrivate ? null : plaintextTitle(folded, of)) ?? eventType ?? untitled, 255),
    description: isPrivate ? null : shown.description,
    startTime: folded.startTime,
    endTime: folded.endTime,
    timeZone: attendees.find(({ timeZone }) => timeZone !== null)?.timeZone ?? null,
    duration,
    location: plaintextLocation(
      folded.place,
      isPrivate,
      (text) => !containsIdentifier(text, of, { isStrict: true }) && !isGrave(text),
    ),
    attendees: isPrivate ? null : attendees,
    attendeeEmails: isPrivate ? null : attendees.flatMap(({ email }) => email ?? []),
    attendeeNames: isPrivate ? null : attendees.map(({ name }) => name),
    sensitivity,
    isAnonymous,
    redactedDescription: redactedDescription(sensitivity, isPrivate, eventType ?? untitled, duration),
    metadata: {
      attendeeCount: attendees.length,
      hasIntake: hasEncryptedContent(folded, isPrivate),
      organizerTimeZone: zoneOf(folded.organizerTimeZone),
      isSeated: folded.isSeated,
      hasStarted: folded.hasStarted,
      isEndTimeCorrected: folded.isEndTimeCorrected,
      pastorSensitivity: settings.pastorSensitivity,
      pastorAnonymous: settings.pastorAnonymous,
      isAnonymityDecided: settings.isAnonymityDecided,
      isMoved,
      bookedAt,
      hostId: folded.hostId === folded.ownerId ? null : folded.hostId,
      newestEvent: folded.newest,
    },
    status: folded.status,
  }
}

/**
 * Cal.com's title, unless it contains text that the attendee typed or a phone number, which must not be stored in plaintext.
 */
function plaintextTitle({ title, notes, answers, place }: FoldedBooking, of: PersonalIdentifiers): string | null {
  if (title === null || containsIdentifier(title, { ...noIdentifiers, numbers: of.numbers }, { isStrict: false }))
    return null
  const answerTexts = answers.filter(({ slug }) => !nameSlugs.has(slug)).flatMap(({ values }) => values)
  const typed = [...(notes ?? '').split('\n\n'), place?.typed ?? '', ...answerTexts].map((text) => text.toLowerCase())
  const lower = title.toLowerCase()
  return typed.some((text) => text.length >= minQuoteLength && lower.includes(text)) ? null : title
}

const noIdentifiers: PersonalIdentifiers = { names: [], parts: [], addresses: [], numbers: [] }

/** A title may contain the attendees' names, also as entered in the booking form. */
const nameSlugs = new Set(['name', 'email', 'guests'])

/** Shorter answers such as "Yes" don't count as quotes. */
const minQuoteLength = 4

/** The part of a booking that is encrypted for its pastor. */
export function intakeOf(folded: FoldedBooking): Intake {
  return {
    version: 1,
    notes: folded.notes,
    answers: answersOf(folded, folded.answers),
    attendees: folded.people.map(attendeeOf),
    contacts: folded.contacts.map((contact) => ({ ...contact })),
    cancellationReason: folded.cancellationReason,
    rejectionReason: folded.rejectionReason,
    title: folded.title,
    location: fullLocation(folded.place),
  }
}

/** The answers to the pastor's own questions, for the encrypted form response. */
export function customAnswersOf(folded: FoldedBooking): IntakeAnswer[] {
  return answersOf(
    folded,
    folded.answers.filter((answer) => answer.isCustom),
  )
}

/**
 * The questions and answers of a booking, for the form of its event type. Forms are plaintext, so questions that identify
 * somebody are left out; the answers keep theirs.
 */
export function formAnswersOf(folded: FoldedBooking, of: PersonalIdentifiers) {
  const asked = folded.answers
    .filter((answer) => answer.isCustom)
    .flatMap((answer) => plaintextQuestion(answer, of) ?? [])
  return { asked, answered: customAnswersOf(folded) }
}

function answersOf(folded: FoldedBooking, answers: FoldedBooking['answers']): IntakeAnswer[] {
  const areSeveral = folded.isSeated && folded.people.length > 1
  return answers
    .filter((answer) => answer.values.length > 0)
    .map(({ slug, label, values, by }) => ({
      slug,
      // In a meeting with seats, everyone answered for themselves, so the label names the person.
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

function hasEncryptedContent(folded: FoldedBooking, isPrivate: boolean): boolean {
  const texts = [folded.notes, folded.cancellationReason, folded.rejectionReason]
  const hasTexts = texts.some((text) => text !== null) || folded.answers.some((answer) => answer.values.length > 0)
  const hasPhoneNumber = folded.contacts.some(({ phoneNumber }) => phoneNumber !== null)
  return (
    hasTexts ||
    hasPhoneNumber ||
    (isPrivate && folded.people.length > 0) ||
    fullLocation(folded.place) !== plaintextLocation(folded.place, isPrivate, () => true)
  )
}
