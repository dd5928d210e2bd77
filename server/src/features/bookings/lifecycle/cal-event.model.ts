import { createHash } from 'node:crypto'
import { z } from 'zod'

/** Cal.com's booking triggers, in the order that breaks ties between events. */
export const bookingTriggers = [
  'BOOKING_PAYMENT_INITIATED',
  'BOOKING_REQUESTED',
  'BOOKING_CREATED',
  'INSTANT_MEETING_ACCEPTED',
  'BOOKING_RESCHEDULED',
  'BOOKING_LOCATION_UPDATED',
  'BOOKING_REASSIGNED',
  'BOOKING_PAID',
  'BOOKING_REJECTED',
  'BOOKING_CANCELLED',
] as const

export const meetingTriggers = ['MEETING_STARTED', 'MEETING_ENDED'] as const

export const noShowTrigger = 'BOOKING_NO_SHOW_UPDATED'

/** No guest joined the video call in time. */
export const guestNoShowTrigger = 'AFTER_GUESTS_CAL_VIDEO_NO_SHOW'

const nullableText = z.string().nullable()

/** An attendee. Guests may have no name, people who booked by phone no email address. */
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
  /** Empty if the question was not answered. */
  values: z.array(z.string()),
  /** Whether the pastor added this question to the event type. Cal.com's own questions (notes, guests, …) are not custom. */
  isCustom: z.boolean(),
})

export type CalAnswer = Readonly<z.infer<typeof calAnswerSchema>>

const placeSchema = z.object({
  text: nullableText,
  /**
   * Cal.com's kind of location, such as inPerson, attendeeInPerson, phone or link. Null if the payload doesn't contain it.
   */
  kind: nullableText,
  /** The location that the attendee typed. */
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

/** The organizer as in Cal.com's payload. Any field may be missing. */
export type CalOrganizer = Readonly<z.infer<typeof organizerSchema>>

/** The booking statuses of Cal.com that ChurchHub knows. */
export const calStatuses = ['ACCEPTED', 'PENDING', 'CANCELLED', 'REJECTED', 'AWAITING_HOST'] as const

/** Identifies the booking of an event. At least one of the two is set. */
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

/** Cal.com's row of the booking. `createdAt` in its payload is when it was booked, so `updatedAt` tells the row's age. */
const meetingEventSchema = z.object({
  kind: z.literal('meeting'),
  trigger: z.enum(meetingTriggers),
  /** Null in events recorded before it was kept. */
  updatedAt: z.iso.datetime().nullable().default(null),
  ...description,
})

const noShowEventSchema = z.object({
  kind: z.literal('no_show'),
  trigger: z.enum([noShowTrigger, guestNoShowTrigger]).default(noShowTrigger),
  createdAt: z.iso.datetime().nullable(),
  /** The meeting that the marks are for. Null if the payload doesn't say: then the time of the mark decides. */
  startTime: z.iso.datetime().nullable().default(null),
  ...identity,
  marks: z.array(z.object({ email: z.string(), isNoShow: z.boolean() })),
})

/** An event from Cal.com, without the fields that ChurchHub never stores: passwords, tokens, calendar files. */
export const calEventSchema = z.discriminatedUnion('kind', [bookingEventSchema, meetingEventSchema, noShowEventSchema])

export type BookingEvent = Readonly<z.infer<typeof bookingEventSchema>>
export type MeetingEvent = Readonly<z.infer<typeof meetingEventSchema>>
export type NoShowEvent = Readonly<z.infer<typeof noShowEventSchema>>
export type CalEvent = BookingEvent | MeetingEvent | NoShowEvent

/**
 * A hash of an event's content, which identifies it. Cal.com sends an event once per subscription, in bodies that may differ
 * in fields that ChurchHub drops.
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

/** The key of a person: their email address in lower case, or else their name or number. */
export function personKeyOf(person: CalPerson): string {
  return (person.email ?? person.name ?? person.phoneNumber ?? '').toLowerCase()
}
