import { z } from 'zod'

/** The description of a private booking in external calendars. */
export const privateTitle = 'Private appointment'

/** The title of a booking if neither its own title nor its event type's may be shown. */
export const untitled = 'Appointment'

/** An attendee in the plaintext column `bookings.attendees`. */
export const attendeeSchema = z.object({
  name: z.string(),
  email: z.string().nullable().default(null),
  timeZone: z.string().nullable().default(null),
})

export type Attendee = z.infer<typeof attendeeSchema>

const countsSchema = z.object({ attendeeCount: z.number().int().optional(), hasIntake: z.boolean().optional() })

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
