import { builder, type Context, missed, viewerOf } from '../../graphql/builder.ts'
import { isUuid } from '../../platform/ids.ts'
import { attendeeCountOf, attendeesOf, hasIntake, untitled } from './attendees.model.ts'
import { mayReadBooking, seesAsOwner, seesRedacted } from './policy.ts'
import { findVisibleBooking, threadOf, visibleBooking } from './reads.ts'

export const Sensitivity = builder.enumType('Sensitivity', {
  description: 'How carefully a booking is shown. To anybody but its owner a booking above LOW is redacted.',
  values: {
    HIGH: { value: 'High', description: 'Names and titles are sealed too.' },
    MEDIUM: { value: 'Medium', description: 'What people wrote is sealed. The default.' },
    LOW: { value: 'Low', description: 'Shown in clear, but for what people wrote.' },
  } as const,
})

export const BookingStatus = builder.enumType('BookingStatus', {
  description: 'Where a booking is in its life.',
  values: {
    PENDING: { value: 'pending', description: 'Waits for confirmation or payment.' },
    CONFIRMED: { value: 'confirmed', description: 'Will take place.' },
    REJECTED: { value: 'rejected', description: 'Was requested and refused.' },
    CANCELLED: { value: 'cancelled', description: 'Was called off.' },
    RESCHEDULED: { value: 'rescheduled', description: 'Closed: another booking of its thread took its place.' },
    COMPLETED: { value: 'completed', description: 'Has taken place.' },
    NO_SHOW: { value: 'no_show', description: 'Nobody came.' },
  } as const,
})

/** `booking`: whose people they are, where the column of a booking shows them. What is sealed has entries of its own. */
type AttendeeShown = Readonly<{
  name: string
  email: string | null
  timeZone: string | null
  booking: Readonly<{ bookingId: string; ownerId: string }> | null
}>

const bookingOf = ({ booking }: AttendeeShown) => booking

const Attendee = builder.objectRef<AttendeeShown>('Attendee').implement({
  description: 'Somebody who comes to a meeting.',
  fields: (t) => ({
    name: t.exposeString('name', { people: bookingOf, description: 'The name given in the booking form.' }),
    email: t.exposeString('email', {
      nullable: true,
      people: bookingOf,
      description: 'The address given in the booking form.',
    }),
    timeZone: t.exposeString('timeZone', { nullable: true, description: "The attendee's IANA time zone." }),
  }),
})

export { Attendee }

function peopleOf({ id, userId }: Readonly<{ id: string; userId: string }>) {
  return { bookingId: id, ownerId: userId }
}

function attendeesShown(
  booking: Readonly<{ id: string; userId: string }>,
  attendees: readonly Omit<AttendeeShown, 'booking'>[] | null,
): AttendeeShown[] | null {
  return attendees?.map((attendee) => ({ ...attendee, booking: peopleOf(booking) })) ?? null
}

/** What every rule and every redaction needs of a row; always selected. */
const ruleColumns = { id: true, userId: true, sensitivity: true, isAnonymous: true, eventTypeTitle: true } as const

export const Booking = builder.prismaNode('Booking', {
  description:
    'A meeting that somebody booked with a pastor. Redacted for anybody but its owner unless its sensitivity is LOW.',
  select: ruleColumns,
  id: { field: 'id', description: 'The global id.' },
  // Another pastor's booking is not found, through whichever door its id came.
  findUnique: (id, context) => visibleBooking(viewerOf(context), id),
  nullable: true,
  authScopes: (booking, context) => mayReadBooking(viewerOf(context), booking),
  needs: 'bookings:read',
  fields: (t) => ({
    title: t.string({
      description: "Cal.com's title, which names the attendee; the event type's title where the booking is redacted.",
      select: { title: true },
      // Redacted it is the event type's, which names nobody.
      people: (booking, context) => (isRedacted(booking, context) ? null : peopleOf(booking)),
      resolve: (booking, _args, context) =>
        isRedacted(booking, context) ? (booking.eventTypeTitle ?? untitled) : booking.title,
    }),
    description: t.string({
      nullable: true,
      description: "The event type's own description. Null where the booking is redacted.",
      select: { description: true },
      resolve: (booking, _args, context) => (isRedacted(booking, context) ? null : booking.description),
    }),
    redactedDescription: t.exposeString('redactedDescription', {
      nullable: true,
      description: 'How the booking is described in outside calendars.',
    }),
    calBookingUid: t.string({
      nullable: true,
      description: "Cal.com's uid. Owner only: Cal.com's page of that uid names the attendee.",
      select: { calBookingUid: true },
      resolve: (booking, _args, context) => (isOwn(booking, context) ? booking.calBookingUid : null),
    }),
    startTime: t.expose('startTime', { type: 'DateTime', description: 'When it starts.' }),
    endTime: t.expose('endTime', { type: 'DateTime', description: 'When it ends.' }),
    timeZone: t.string({
      nullable: true,
      description: "The attendee's IANA time zone. Null where the booking is redacted.",
      select: { timeZone: true },
      resolve: (booking, _args, context) => (isRedacted(booking, context) ? null : booking.timeZone),
    }),
    duration: t.exposeInt('duration', { description: 'Length in minutes.' }),
    location: t.string({
      nullable: true,
      description: 'Where it takes place: an address, a phone number or a link. Owner only.',
      select: { location: true },
      resolve: (booking, _args, context) => (isOwn(booking, context) ? booking.location : null),
    }),
    status: t.expose('status', { type: BookingStatus, description: 'Where the booking is in its life.' }),
    sensitivity: t.expose('sensitivity', { type: Sensitivity, description: 'How carefully the booking is shown.' }),
    isAnonymous: t.exposeBoolean('isAnonymous', {
      description: 'Whether its people are sealed whatever its sensitivity.',
    }),
    isRedacted: t.boolean({
      description: 'Whether you see the redacted form of this booking.',
      resolve: (booking, _args, context) => isRedacted(booking, context),
    }),
    eventTypeId: t.exposeInt('eventTypeId', { description: "Cal.com's id of the event type." }),
    eventTypeTitle: t.exposeString('eventTypeTitle', {
      nullable: true,
      description: "The event type's title in Cal.com.",
    }),
    attendees: t.field({
      type: [Attendee],
      nullable: true,
      description:
        'Who comes. Null where the booking is redacted or its people are sealed; the owner finds them in `intake`.',
      select: { attendees: true },
      resolve: (booking, _args, context) =>
        isRedacted(booking, context) ? null : attendeesShown(booking, attendeesOf(booking.attendees)),
    }),
    attendeeCount: t.int({
      description: 'How many people come.',
      select: { attendees: true, metadata: true },
      resolve: (booking) => attendeeCountOf(booking),
    }),
    owner: t.relation('owner', { description: 'The pastor who was booked.' }),
    hasIntake: t.boolean({
      description: 'Whether there is an intake to open.',
      select: { metadata: true },
      resolve: (booking) => hasIntake(booking),
    }),
    thread: t.prismaField({
      type: ['Booking'],
      description:
        'Every booking of this thread, oldest first, this one included: a reschedule is a new booking of the same thread.',
      select: { key: { select: { threadId: true } } },
      resolve: (query, booking, _args, context) =>
        threadOf(context.deps.database, viewerOf(context), booking.key.threadId, query),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When ChurchHub first heard of it.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed here.' }),
  }),
})

export const BookingConnection = builder.connectionObject(
  { type: Booking, name: 'BookingConnection', description: 'A page of bookings.' },
  { name: 'BookingEdge', description: 'One of bookings, with its cursor.' },
)

/** A booking that another feature's type refers to, or null when it does not exist for the viewer. */
export function bookingForViewer<Query extends object>(context: Context, bookingId: string, query: Query) {
  return findVisibleBooking(context.deps.database, viewerOf(context), bookingId, query)
}

/** An id that is no UUID would be an error of the database's, and so tell that it is none. */
export async function bookingOrNotFound<Query extends object>(context: Context, bookingId: string, query: Query) {
  const booking = isUuid(bookingId) ? await bookingForViewer(context, bookingId, query) : null
  if (booking === null) throw await missed(context, { typename: 'Booking', id: bookingId })
  return booking
}

type RuleColumns = Parameters<typeof seesRedacted>[1]

function isRedacted(booking: RuleColumns, context: Context): boolean {
  return seesRedacted(viewerOf(context), booking)
}

function isOwn(booking: RuleColumns, context: Context): boolean {
  return seesAsOwner(viewerOf(context), booking)
}

const DateTimeRange = builder.inputType('DateTimeRange', {
  description: 'Times with `from <= t < to`. Either end may be left open.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'The first moment.' }),
    to: t.field({ type: 'DateTime', description: 'The first moment after.' }),
  }),
})

export { DateTimeRange }
