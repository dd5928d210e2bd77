import { z } from 'zod'
import { attendeeSchema } from './attendees.model.ts'

/** One question and what was answered. `label` may be one of Cal.com's i18n keys. */
const answerSchema = z.object({ slug: z.string(), label: z.string(), values: z.array(z.string()) })

export type IntakeAnswer = Readonly<z.infer<typeof answerSchema>>

/**
 * What `bookings.encryptedIntakeData` seals, as JSON: all that people typed, and who they are, also where the booking's
 * clear columns hide it.
 */
export const intakeSchema = z.object({
  version: z.literal(1),
  notes: z.string().nullable(),
  answers: z.array(answerSchema),
  attendees: z.array(attendeeSchema),
  /** How everybody can be reached, also guests and numbers that only an answer tells. */
  contacts: z
    .array(z.object({ name: z.string().nullable(), email: z.string().nullable(), phoneNumber: z.string().nullable() }))
    .default([]),
  cancellationReason: z.string().nullable(),
  rejectionReason: z.string().nullable(),
  /** Cal.com's title, which names the attendee. */
  title: z.string().nullable().default(null),
  /** The whole place: a number, an address that somebody typed, a link with its password. */
  location: z.string().nullable().default(null),
})

export type Intake = Readonly<z.infer<typeof intakeSchema>>
