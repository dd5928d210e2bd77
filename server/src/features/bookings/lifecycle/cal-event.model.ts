import { createHash } from 'node:crypto'
import { z } from 'zod'

/** What Cal.com says about one booking, in the order in which it ranks when nothing else tells two of them apart. */
export const bookingTriggers = [
  'BOOKING_PAYMENT_INITIATED',
  'BOOKING_REQUESTED',
  'BOOKING_CREATED',
  'BOOKING_RESCHEDULED',
  'BOOKING_LOCATION_UPDATED',
  'BOOKING_REASSIGNED',
  'BOOKING_PAID',
  'BOOKING_REJECTED',
  'BOOKING_CANCELLED',
] as const

export type BookingTrigger = (typeof bookingTriggers)[number]

export const meetingTriggers = ['MEETING_STARTED', 'MEETING_ENDED'] as const

export const noShowTrigger = 'BOOKING_NO_SHOW_UPDATED'

const nullableText = z.string().nullable()

/** Somebody who comes. Guests may have no name, people who booked by phone no address. */
export const personSchema = z.object({
  name: nullableText,
  email: nullableText,
  timeZone: nullableText,
  phoneNumber: nullableText,
})

export type CalPerson = Readonly<z.infer<typeof personSchema>>

export const calAnswerSchema = z.object({
  slug: z.string(),
  label: z.string(),
  /** Empty when the question was left open. */
  values: z.array(z.string()),
  /** Whether the pastor added this question to the event type; Cal.com's own (notes, guests, …) are not custom. */
  isCustom: z.boolean(),
})

export type CalAnswer = Readonly<z.infer<typeof calAnswerSchema>>

const placeSchema = z.object({
  text: nullableText,
  /** Cal.com's kind of place, such as inPerson, attendeeInPerson, phone, link; null when the payload doesn't say. */
  kind: nullableText,
  /** What the attendee typed as the place. */
  typed: nullableText,
  meetingLink: nullableText,
})

export type CalLocation = Readonly<z.infer<typeof placeSchema>>

const organizerSchema = z.object({
  id: nullableText,
  username: nullableText,
  usernameInOrg: nullableText,
  email: nullableText,
  timeZone: nullableText,
})

/** The pastor as Cal.com names them. Any part may be missing. */
export type CalOrganizer = Readonly<z.infer<typeof organizerSchema>>

/** Cal.com's own word for where a booking is, as far as it is one we know. */
export const calStatuses = ['ACCEPTED', 'PENDING', 'CANCELLED', 'REJECTED', 'AWAITING_HOST'] as const

/** Which booking an event is about. At least one of the two is there. */
const identity = { uid: nullableText, calBookingId: z.int().nullable() }

const description = {
  ...identity,
  iCalUid: nullableText,
  rescheduledFromUid: nullableText,
  status: z.enum(calStatuses).nullable(),
  organizer: organizerSchema.nullable(),
  eventTypeId: z.int().nullable(),
  eventTypeTitle: nullableText,
  eventTypeSlug: nullableText,
  eventTypeDescription: nullableText,
  title: nullableText,
  startTime: z.iso.datetime().nullable(),
  endTime: z.iso.datetime().nullable(),
  lengthMinutes: z.int().nullable(),
  attendees: z.array(personSchema),
  isSeated: z.boolean(),
  answers: z.array(calAnswerSchema),
  notes: nullableText,
  place: placeSchema.nullable(),
  cancellationReason: nullableText,
  rejectionReason: nullableText,
}

const bookingEventSchema = z.object({
  kind: z.literal('booking'),
  trigger: z.enum(bookingTriggers),
  createdAt: z.iso.datetime().nullable(),
  sequence: z.int().nullable(),
  ...description,
})

/** Carries no time of its own: `createdAt` of Cal.com's payload is the booking's. */
const meetingEventSchema = z.object({ kind: z.literal('meeting'), trigger: z.enum(meetingTriggers), ...description })

const noShowEventSchema = z.object({
  kind: z.literal('no_show'),
  createdAt: z.iso.datetime().nullable(),
  ...identity,
  marks: z.array(z.object({ email: z.string(), isNoShow: z.boolean() })),
})

/** One thing that Cal.com said about a booking, without what ChurchHub never keeps: passwords, tokens, calendar files. */
export const calEventSchema = z.discriminatedUnion('kind', [bookingEventSchema, meetingEventSchema, noShowEventSchema])

export type BookingEvent = Readonly<z.infer<typeof bookingEventSchema>>
export type MeetingEvent = Readonly<z.infer<typeof meetingEventSchema>>
type NoShowEvent = Readonly<z.infer<typeof noShowEventSchema>>
export type CalEvent = BookingEvent | MeetingEvent | NoShowEvent

/** Cal.com's name for what an event is. */
export function triggerOf(event: CalEvent): BookingTrigger | MeetingEvent['trigger'] | typeof noShowTrigger {
  return event.kind === 'no_show' ? noShowTrigger : event.trigger
}

/**
 * What makes two events the same one: all that they say. Cal.com sends an event once for each subscription that asks for
 * it, in bodies that may differ in what ChurchHub drops.
 */
export function eventIdOf(event: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(event)))
    .digest('hex')
    .slice(0, 32)
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, child]) => child !== undefined)
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, child]) => [key, canonical(child)])
}
