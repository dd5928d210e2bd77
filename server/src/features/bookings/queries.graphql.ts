import { mayOnlyCount, tellableCount } from '../../core/access/counting.ts'
import { builder, checkCursors, checkPage, viewerOf } from '../../graphql/builder.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { User } from '../users/graphql.ts'
import { type CountedList, narrowestRefused } from './counting.model.ts'
import { Booking, BookingConnection, BookingStatus, bookingOrNotFound, DateTimeRange, Sensitivity } from './graphql.ts'
import { bookingsMatching, countBookings, isVisibleBooking, listBookings } from './reads.ts'

export const BookingFilter = builder.inputType('BookingFilter', {
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

export const OrderDirection = builder.enumType('OrderDirection', {
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
      description:
        "One's own bookings; all of them, redacted, for an admin. A token with `count-only` gets `totalCount` alone.",
      authScopes: { signedIn: true },
      needs: ['bookings:read', 'count-only'],
      args: {
        filter: t.arg({ type: BookingFilter, description: 'Narrows the list.' }),
        orderBy: t.arg({ type: BookingOrder, description: 'By start time, earliest first, unless said otherwise.' }),
      },
      totalCount: async (_parent, { filter }, context) => {
        const viewer = viewerOf(context)
        const count = await countBookings(context.deps.database, bookingsMatching(viewer, filterOf(filter)))
        return tellableCount(viewer, count)
      },
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        if (mayOnlyCount(viewerOf(context))) return noRows({ ...args, filter: filterOf(args.filter) })
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

/** Whoever only counts gets no row, and nothing that would make a group small. */
function noRows(list: CountedList): [] {
  const refused = narrowestRefused(list)
  if (refused === null) return []
  throw new BadUserInputError(
    refused,
    'A token that only counts can narrow by whole days in UTC, status, sensitivity and owner, and by nothing else.',
  )
}

/** A global id has been checked for its type by the time it comes here; only its own part is needed. */
export function filterOf(filter: (typeof BookingFilter)['$inferInput'] | null | undefined) {
  return { ...filter, ownerId: filter?.ownerId?.id }
}
