import { z } from 'zod'
import { attendeeSchema } from './attendees.model.ts'

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
