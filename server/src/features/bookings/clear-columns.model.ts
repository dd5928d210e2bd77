import { z } from 'zod'
import { type Attendee, privateTitle } from './attendees.model.ts'
import { clip } from './cal-fields.model.ts'
import type { BookingStatus } from './filter.model.ts'
import type { Intake, IntakeAnswer } from './intake.model.ts'
import { type BookingLife, nameOf } from './life.model.ts'
import { clearPlace, wholePlace } from './place.model.ts'
import { asksForAnonymity, type Sensitivity } from './sensitivity.model.ts'

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
  /** The user whom Cal.com names as organizer, where the booking was handed over to somebody else here. */
  hostId: z.string().nullable().default(null),
  /** The newest event of Cal.com's that was put in order. */
  newestEvent: z
    .object({ trigger: z.string(), sequence: z.int().nullable(), createdAt: z.string().nullable() })
    .nullable()
    .default(null),
})

export type BookingMetadata = Readonly<z.infer<typeof bookingMetadataSchema>>

/** The columns of `bookings` that anybody reads who reads the database. */
export type ClearColumns = Readonly<{
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
}>

/** What of a booking may stand in clear: the table of design §2, column by column. */
export function clearColumnsOf(life: BookingLife, shownAs: ShownAs): ClearColumns {
  // Nobody takes back for the attendee what the attendee asked for.
  const isAnonymous = shownAs.pastorAnonymous || asksForAnonymity(life.answers)
  const { sensitivity } = shownAs
  const isPrivate = sensitivity === 'High' || isAnonymous
  const eventType = life.eventTypeTitle ?? life.eventTypeSlug
  const duration = Math.round((life.endTime.getTime() - life.startTime.getTime()) / 60_000)
  const attendees = life.people.map(attendeeOf)
  return {
    eventTypeId: life.eventTypeId,
    eventTypeTitle: life.eventTypeTitle,
    eventTypeSlug: life.eventTypeSlug,
    title: clip((isPrivate ? null : clearTitle(life)) ?? eventType ?? privateTitle, 255),
    description: isPrivate ? null : life.eventTypeDescription,
    startTime: life.startTime,
    endTime: life.endTime,
    timeZone: life.people.find((person) => person.timeZone !== null)?.timeZone ?? null,
    duration,
    location: clearPlace(life.place, isPrivate),
    attendees: isPrivate ? null : attendees,
    attendeeEmails: isPrivate ? null : attendees.flatMap(({ email }) => email ?? []),
    attendeeNames: isPrivate ? null : attendees.map(({ name }) => name),
    sensitivity,
    isAnonymous,
    redactedDescription: redactedDescription(sensitivity, isPrivate, eventType ?? privateTitle, duration),
    metadata: {
      attendeeCount: attendees.length,
      hasIntake: hasSomethingToOpen(life, isPrivate),
      organizerTimeZone: life.organizerTimeZone,
      isSeated: life.isSeated,
      hasStarted: life.hasStarted,
      pastorSensitivity: shownAs.pastorSensitivity,
      pastorAnonymous: shownAs.pastorAnonymous,
      hostId: life.hostId === life.ownerId ? null : life.hostId,
      newestEvent: life.newest,
    },
    status: life.status,
  }
}

/** Cal.com's title, unless its template puts what the attendee typed into it: that stands in clear nowhere. */
function clearTitle({ title, notes, answers }: BookingLife): string | null {
  const typed = [notes ?? '', ...answers.flatMap(({ values }) => values)].map((text) => text.toLowerCase())
  const lower = title?.toLowerCase() ?? ''
  return typed.some((text) => text.length >= shortestQuote && lower.includes(text)) ? null : title
}

/** "Yes" in a title quotes nobody. */
const shortestQuote = 4

/** What of a booking is sealed for its pastor. */
export function intakeOf(life: BookingLife): Intake {
  return {
    version: 1,
    notes: life.notes,
    answers: answersOf(life, life.answers),
    attendees: life.people.map(attendeeOf),
    cancellationReason: life.cancellationReason,
    rejectionReason: life.rejectionReason,
    title: life.title,
    location: wholePlace(life.place),
  }
}

/** What was answered to the pastor's own questions, as the form response seals it. */
export function customAnswersOf(life: BookingLife): IntakeAnswer[] {
  return answersOf(
    life,
    life.answers.filter((answer) => answer.isCustom),
  )
}

/** What was asked with a booking, and what was answered, for the form of its event type. */
export function answersGiven(bookingId: string, ownerId: string, life: BookingLife) {
  const { eventTypeId, eventTypeTitle } = life
  const asked = life.answers.filter((answer) => answer.isCustom)
  return { ownerId, bookingId, eventTypeId, eventTypeTitle, asked, answered: customAnswersOf(life) }
}

function answersOf(life: BookingLife, answers: BookingLife['answers']): IntakeAnswer[] {
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

function attendeeOf(person: BookingLife['people'][number]): Attendee {
  return { name: nameOf(person), email: person.email, timeZone: person.timeZone }
}

function redactedDescription(sensitivity: Sensitivity, isPrivate: boolean, eventType: string, minutes: number): string {
  if (isPrivate) return privateTitle
  return sensitivity === 'Low' ? `${eventType}, ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}` : eventType
}

function hasSomethingToOpen(life: BookingLife, isPrivate: boolean): boolean {
  const words = [life.notes, life.cancellationReason, life.rejectionReason]
  const hasWords = words.some((text) => text !== null) || life.answers.some((answer) => answer.values.length > 0)
  return (
    hasWords || (isPrivate && life.people.length > 0) || wholePlace(life.place) !== clearPlace(life.place, isPrivate)
  )
}
