import { builder, type Context, missed, viewerOf } from '../../graphql/schema/builder.ts'
import { Sensitivity } from '../../graphql/schema/common-types.ts'
import { isUuid } from '../../platform/ids.ts'
import { attendeeCountOf, attendeesOf, hasIntake, isEndTimeCorrected, untitled } from './lifecycle/intake.model.ts'
import { mayReadBooking, seesAsOwner, seesRedacted } from './policy.ts'
import { findVisibleBooking, threadOf, visibleBooking } from './reads.ts'

export const BookingStatus = builder.enumType('BookingStatus', {
  description: 'The status of a booking.',
  values: {
    PENDING: { value: 'pending', description: 'Waiting for confirmation or payment.' },
    CONFIRMED: { value: 'confirmed', description: 'Confirmed to take place.' },
    REJECTED: { value: 'rejected', description: 'Requested and rejected.' },
    CANCELLED: { value: 'cancelled', description: 'Cancelled.' },
    RESCHEDULED: { value: 'rescheduled', description: 'Closed. Another booking of the same thread replaced it.' },
    COMPLETED: { value: 'completed', description: 'Took place.' },
    NO_SHOW: { value: 'no_show', description: 'Nobody came.' },
  } as const,
})

/** `booking` is set for attendees in a booking's plaintext column. Access to encrypted attendees is recorded separately. */
type AttendeeShown = Readonly<{
  name: string
  email: string | null
  timeZone: string | null
  booking: Readonly<{ bookingId: string; ownerId: string }> | null
}>

const bookingOf = ({ booking }: AttendeeShown) => booking

const Attendee = builder.objectRef<AttendeeShown>('Attendee').implement({
  description: 'A person who attends a meeting.',
  fields: (t) => ({
    name: t.exposeString('name', { people: bookingOf, description: 'The name given in the booking form.' }),
    email: t.exposeString('email', {
      nullable: true,
      people: bookingOf,
      description: 'The email address given in the booking form.',
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

/** The columns that auth rules and redaction depend on; always selected. */
const ruleColumns = { id: true, userId: true, sensitivity: true, isAnonymous: true, eventTypeTitle: true } as const

export const Booking = builder.prismaNode('Booking', {
  description:
    'A meeting that was booked with a pastor. Redacted for everyone except its owner, unless its sensitivity is LOW.',
  select: ruleColumns,
  id: { field: 'id', description: 'The global ID.' },
  // Another pastor's booking is not found, however its ID was obtained.
  findUnique: (id, context) => visibleBooking(viewerOf(context), id),
  nullable: true,
  authScopes: (booking, context) => mayReadBooking(viewerOf(context), booking),
  needs: 'bookings:read',
  fields: (t) => ({
    title: t.string({
      description: "Cal.com's title, which names the attendee. The event type's title if the booking is redacted.",
      select: { title: true },
      // A redacted title is the event type's, which names nobody.
      people: (booking, context) => (isRedacted(booking, context) ? null : peopleOf(booking)),
      resolve: (booking, _args, context) =>
        isRedacted(booking, context) ? (booking.eventTypeTitle ?? untitled) : booking.title,
    }),
    description: t.string({
      nullable: true,
      description: "The event type's own description. Null if the booking is redacted.",
      select: { description: true },
      resolve: (booking, _args, context) => (isRedacted(booking, context) ? null : booking.description),
    }),
    redactedDescription: t.exposeString('redactedDescription', {
      nullable: true,
      description: 'The description of the booking in external calendars.',
    }),
    calBookingUid: t.string({
      nullable: true,
      description:
        "The booking's UID in Cal.com. Visible only to the owner, because Cal.com's page for it names the attendee.",
      select: { calBookingUid: true },
      resolve: (booking, _args, context) => (isOwn(booking, context) ? booking.calBookingUid : null),
    }),
    startTime: t.expose('startTime', { type: 'DateTime', description: 'When the booking starts.' }),
    endTime: t.expose('endTime', { type: 'DateTime', description: 'When the booking ends.' }),
    isEndTimeCorrected: t.boolean({
      description:
        "Whether Cal.com's end time was implausible: before the start, more than a day after it, or more than twice the event type's length after it. `endTime` is then the start plus the event type's length.",
      select: { metadata: true },
      resolve: (booking) => isEndTimeCorrected(booking),
    }),
    timeZone: t.string({
      nullable: true,
      description: "The attendee's IANA time zone. Null if the booking is redacted.",
      select: { timeZone: true },
      resolve: (booking, _args, context) => (isRedacted(booking, context) ? null : booking.timeZone),
    }),
    duration: t.exposeInt('duration', { description: 'The length in minutes.' }),
    location: t.string({
      nullable: true,
      description: 'The location: an address, a phone number or a link. Visible only to the owner.',
      select: { location: true },
      resolve: (booking, _args, context) => (isOwn(booking, context) ? booking.location : null),
    }),
    status: t.expose('status', { type: BookingStatus, description: 'The status of the booking.' }),
    sensitivity: t.expose('sensitivity', { type: Sensitivity, description: 'The sensitivity of the booking.' }),
    isAnonymous: t.exposeBoolean('isAnonymous', {
      description: "Whether the attendees are encrypted, whatever the booking's sensitivity.",
    }),
    isRedacted: t.boolean({
      description: 'Whether the booking is redacted for you.',
      resolve: (booking, _args, context) => isRedacted(booking, context),
    }),
    eventTypeId: t.exposeInt('eventTypeId', { description: 'The ID of the event type in Cal.com.' }),
    eventTypeTitle: t.exposeString('eventTypeTitle', {
      nullable: true,
      description: "The event type's title in Cal.com.",
    }),
    attendees: t.field({
      type: [Attendee],
      nullable: true,
      description:
        'The attendees. Null if the booking is redacted or its attendees are encrypted. The owner finds them in `intake`.',
      select: { attendees: true },
      resolve: (booking, _args, context) =>
        isRedacted(booking, context) ? null : attendeesShown(booking, attendeesOf(booking.attendees)),
    }),
    attendeeCount: t.int({
      description: 'The number of attendees.',
      select: { attendees: true, metadata: true },
      resolve: (booking) => attendeeCountOf(booking),
    }),
    owner: t.relation('owner', { description: 'The pastor who was booked.' }),
    hasIntake: t.boolean({
      description: 'Whether the booking has an intake to open.',
      select: { metadata: true },
      resolve: (booking) => hasIntake(booking),
    }),
    thread: t.prismaField({
      type: ['Booking'],
      description:
        'All bookings of this thread, oldest first, including this one. A reschedule creates a new booking in the same thread.',
      select: { key: { select: { threadId: true } } },
      resolve: (query, booking, _args, context) =>
        threadOf(context.deps.database, viewerOf(context), booking.key.threadId, query),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the booking was created in ChurchHub.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When the booking was last updated in ChurchHub.',
    }),
  }),
})

export const BookingConnection = builder.connectionObject(
  { type: Booking, name: 'BookingConnection', description: 'A connection of bookings.' },
  { name: 'BookingEdge', description: 'An edge in a connection of bookings.' },
)

/** Reads a booking that another feature's type refers to. Null if the viewer can't read it. */
export function bookingForViewer<Query extends object>(context: Context, bookingId: string, query: Query) {
  return findVisibleBooking(context.deps.database, viewerOf(context), bookingId, query)
}

/** Malformed IDs count as not found; PostgreSQL would raise an internal error. */
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
