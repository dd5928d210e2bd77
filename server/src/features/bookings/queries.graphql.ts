import { builder, checkCursors, checkPage, viewerOf } from '../../graphql/builder.ts'
import { User } from '../users/graphql.ts'
import { Booking, BookingConnection, BookingStatus, bookingOrNotFound, DateTimeRange, Sensitivity } from './graphql.ts'
import { bookingsMatching, countBookings, isVisibleBooking, listBookings } from './reads.ts'

const BookingFilter = builder.inputType('BookingFilter', {
  description: 'Narrows a list of bookings. What is left out does not narrow.',
  fields: (t) => ({
    startTime: t.field({
      type: DateTimeRange,
      description: 'When the booking starts. Give one: it keeps the query fast.',
    }),
    status: t.field({ type: [BookingStatus], description: 'Any of these.' }),
    sensitivity: t.field({ type: [Sensitivity], description: 'Any of these.' }),
    ownerId: t.globalID({ for: [User], description: "The pastor's id." }),
    search: t.string({ description: 'Words of the title as you see it, in any case.' }),
  }),
})

const BookingOrderField = builder.enumType('BookingOrderField', {
  description: 'What bookings can be ordered by.',
  values: {
    START_TIME: { value: 'startTime', description: 'When they start.' },
    CREATED_AT: { value: 'createdAt', description: 'When ChurchHub first heard of them.' },
    UPDATED_AT: { value: 'updatedAt', description: 'When they last changed.' },
  } as const,
})

const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end comes first.',
  values: {
    ASC: { value: 'asc', description: 'Smallest or earliest first.' },
    DESC: { value: 'desc', description: 'Largest or latest first.' },
  } as const,
})

const BookingOrder = builder.inputType('BookingOrder', {
  description: 'The order of a list of bookings. Equal ones are ordered by id.',
  fields: (t) => ({
    field: t.field({
      type: BookingOrderField,
      required: true,
      defaultValue: 'startTime',
      description: 'What to order by.',
    }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'asc',
      description: 'Which end comes first.',
    }),
  }),
})

builder.queryFields((t) => ({
  bookings: t.prismaConnection(
    {
      type: 'Booking',
      cursor: 'id',
      description: "One's own bookings; all of them, redacted, for an admin.",
      authScopes: { signedIn: true },
      needs: ['bookings:read', 'count-only'],
      args: {
        filter: t.arg({ type: BookingFilter, description: 'Narrows the list.' }),
        orderBy: t.arg({ type: BookingOrder, description: 'By start time, earliest first, unless said otherwise.' }),
      },
      totalCount: (_parent, { filter }, context) =>
        countBookings(context.deps.database, bookingsMatching(viewerOf(context), filterOf(filter))),
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        const { database } = context.deps
        await checkCursors(args, (id) => isVisibleBooking(database, viewerOf(context), id))
        const where = bookingsMatching(viewerOf(context), filterOf(args.filter))
        return listBookings(
          context.deps.database,
          where,
          args.orderBy ?? { field: 'startTime', direction: 'asc' },
          query,
        )
      },
    },
    BookingConnection,
  ),
  booking: t.prismaField({
    type: 'Booking',
    nullable: true,
    description: 'One booking. Error NOT_FOUND when there is none by that id, or when it is another pastor’s.',
    authScopes: { signedIn: true },
    needs: 'bookings:read',
    args: { id: t.arg.globalID({ required: true, for: [Booking], description: "The booking's id." }) },
    resolve: (query, _parent, { id }, context) => bookingOrNotFound(context, id.id, query),
  }),
}))

/** A global id has been checked for its type by the time it comes here; only its own part is needed. */
function filterOf(filter: (typeof BookingFilter)['$inferInput'] | null | undefined) {
  return { ...filter, ownerId: filter?.ownerId?.id }
}
