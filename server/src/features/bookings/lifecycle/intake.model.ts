import { z } from 'zod'

/** The description of a private booking in external calendars. */
export const privateTitle = 'Private appointment'

/** The title of a booking if neither its own title nor its event type's may be shown. */
export const untitled = 'Appointment'

/** An attendee in the plaintext column `bookings.attendees`. */
const attendeeSchema = z.object({
  name: z.string(),
  email: z.string().nullable().default(null),
  timeZone: z.string().nullable().default(null),
})

export type Attendee = z.infer<typeof attendeeSchema>

const countsSchema = z.object({
  attendeeCount: z.number().int().optional(),
  hasIntake: z.boolean().optional(),
  isEndTimeCorrected: z.boolean().optional(),
})

/** Parses the plaintext column. Null if the attendees are encrypted. */
export function attendeesOf(column: unknown): Attendee[] | null {
  const attendees = z.array(attendeeSchema).safeParse(column)
  return attendees.success ? attendees.data : null
}

/** The number of attendees, known even if the attendees themselves are encrypted. */
export function attendeeCountOf(booking: { attendees: unknown; metadata: unknown }): number {
  const counts = countsSchema.safeParse(booking.metadata)
  return (counts.success ? counts.data.attendeeCount : undefined) ?? attendeesOf(booking.attendees)?.length ?? 0
}

/**
 * Whether the intake contains anything beyond the plaintext columns: a note, an answer, a reason, or encrypted attendees.
 */
export function hasIntake(booking: { metadata: unknown }): boolean {
  const counts = countsSchema.safeParse(booking.metadata)
  return counts.success && counts.data.hasIntake === true
}

/** Whether Cal.com's end time was implausible, so that the row's end is the start plus the event type's length. */
export function isEndTimeCorrected(booking: { metadata: unknown }): boolean {
  const counts = countsSchema.safeParse(booking.metadata)
  return counts.success && counts.data.isEndTimeCorrected === true
}

/** A question with its answers. `label` can be one of Cal.com's i18n keys. */
const answerSchema = z.object({ slug: z.string(), label: z.string(), values: z.array(z.string()) })

export type IntakeAnswer = Readonly<z.infer<typeof answerSchema>>

/**
 * The intake, stored as JSON in `bookings.encryptedIntakeData`: everything people typed, and who they are, even if the
 * plaintext columns hide it.
 */
export const intakeSchema = z.object({
  version: z.literal(1),
  notes: z.string().nullable(),
  answers: z.array(answerSchema),
  attendees: z.array(attendeeSchema),
  /** The contacts of all people, including guests and phone numbers known only from answers. */
  contacts: z
    .array(z.object({ name: z.string().nullable(), email: z.string().nullable(), phoneNumber: z.string().nullable() }))
    .default([]),
  cancellationReason: z.string().nullable(),
  rejectionReason: z.string().nullable(),
  /** Cal.com's title, which contains the attendee's name. */
  title: z.string().nullable().default(null),
  /** The full location: a phone number, an address that somebody typed, or a link with its password. */
  location: z.string().nullable().default(null),
})

export type Intake = Readonly<z.infer<typeof intakeSchema>>
