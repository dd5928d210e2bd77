import { z } from 'zod'

/** How a private booking is described in outside calendars. */
export const privateTitle = 'Private appointment'

/** The title of a booking whose own title is hidden and whose event type has none that may be shown. */
export const untitled = 'Appointment'

/** Somebody who comes to a meeting, as `bookings.attendees` holds it in clear. */
export const attendeeSchema = z.object({
  name: z.string(),
  email: z.string().nullable().default(null),
  timeZone: z.string().nullable().default(null),
})

export type Attendee = z.infer<typeof attendeeSchema>

const countsSchema = z.object({ attendeeCount: z.number().int().optional(), hasIntake: z.boolean().optional() })

/** The people of a booking as its clear column has them, or null where they are sealed. */
export function attendeesOf(column: unknown): Attendee[] | null {
  const attendees = z.array(attendeeSchema).safeParse(column)
  return attendees.success ? attendees.data : null
}

/** How many people come, also where it is sealed who they are. */
export function attendeeCountOf(booking: { attendees: unknown; metadata: unknown }): number {
  const counts = countsSchema.safeParse(booking.metadata)
  return (counts.success ? counts.data.attendeeCount : undefined) ?? attendeesOf(booking.attendees)?.length ?? 0
}

/** Whether there is anything to open: a note, an answer, a reason, or people that are sealed. */
export function hasIntake(booking: { metadata: unknown }): boolean {
  const counts = countsSchema.safeParse(booking.metadata)
  return counts.success && counts.data.hasIntake === true
}
