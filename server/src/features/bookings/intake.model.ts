import { z } from 'zod'
import { answerSchema } from '../forms/answers.model.ts'
import { attendeeSchema } from './attendees.model.ts'

/**
 * What `bookings.encryptedIntakeData` seals, as JSON: all that people typed, and who they are, also where the booking's
 * clear columns hide it.
 */
export const intakeSchema = z.object({
  version: z.literal(1),
  notes: z.string().nullable(),
  answers: z.array(answerSchema),
  attendees: z.array(attendeeSchema),
  cancellationReason: z.string().nullable(),
  rejectionReason: z.string().nullable(),
  /** Cal.com's title, which names the attendee. */
  title: z.string().nullable().default(null),
  /** The whole place: a number, an address that somebody typed, a link with its password. */
  location: z.string().nullable().default(null),
})

export type Intake = Readonly<z.infer<typeof intakeSchema>>
