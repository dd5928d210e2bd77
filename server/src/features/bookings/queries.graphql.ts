import { mayOnlyCount } from '../../core/access/counting.ts'
import {
  builder,
  type Context,
  checkCursors,
  checkPage,
  leaveToResolver,
  noteBooking,
  readsRows,
  viewerOf,
} from '../../graphql/builder.ts'
import { countForCounter } from './count-for-counter.ts'
import { BookingFilter, filterOf } from './filter.graphql.ts'
import { Booking, BookingConnection, bookingOrNotFound } from './graphql.ts'
import { isNameSearch, type OwnedBooking, seesRedacted } from './policy.ts'
import {
  bookingList,
  countBookings,
  isVisibleBooking,
  listBookings,
  listNamedBookings,
  visibleBooking,
} from './reads.ts'

export const BookingOrderField = builder.enumType('BookingOrderField', {
  description: 'What bookings can be ordered by.',
  values: {
    START_TIME: { value: 'startTime', description: 'When they start.' },
    CREATED_AT: { value: 'createdAt', description: 'When ChurchHub first heard of them.' },
    UPDATED_AT: { value: 'updatedAt', description: 'When they last changed.' },
    DURATION: { value: 'duration', description: 'How long they are.' },
    STATUS: { value: 'status', description: 'Where they are in their lives, in the order of `BookingStatus`.' },
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
      extensions: readsRows((args: ListArgs, context) =>
        isNameSearch(viewerOf(context), args.filter) ? leaveToResolver() : listed(args, context),
      ),
      args: {
        filter: t.arg({ type: BookingFilter, description: 'Narrows the list.' }),
        orderBy: t.arg({ type: BookingOrder, description: 'By start time, earliest first, unless said otherwise.' }),
      },
      totalCount: async (_parent, args, context) => {
        const viewer = viewerOf(context)
        if (mayOnlyCount(viewer)) {
          return countForCounter(context.deps, viewer, { ...args, filter: filterOf(args.filter) })
        }
        const { where } = listed(args, context)
        if (isNameSearch(viewerOf(context), args.filter)) {
          const named = await listNamedBookings(context.deps.database, where)
          for (const { id, userId } of named) noteBooking(context, { bookingId: id, ownerId: userId })
        }
        return countBookings(context.deps.database, where)
      },
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        if (mayOnlyCount(viewerOf(context))) return []
        const { database } = context.deps
        await checkCursors(args, (id) => isVisibleBooking(database, viewerOf(context), id))
        const bookings = await listBookings(database, listed(args, context), query)
        if (isNameSearch(viewerOf(context), args.filter)) noteNamed(context, bookings)
        return bookings
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
    extensions: readsRows(({ id }: { id: { id: string } }, context) => ({
      where: visibleBooking(viewerOf(context), id.id),
    })),
    args: { id: t.arg.globalID({ required: true, for: [Booking], description: "The booking's id." }) },
    resolve: (query, _parent, { id }, context) => bookingOrNotFound(context, id.id, query),
  }),
}))

type ListArgs = Readonly<{
  filter?: (typeof BookingFilter)['$inferInput'] | null | undefined
  orderBy?: (typeof BookingOrder)['$inferInput'] | null | undefined
}>

/** Of redacted bookings the event type is searched, and nobody's name. */
function noteNamed(context: Context, bookings: readonly (OwnedBooking & Readonly<{ id: string }>)[]): void {
  for (const booking of bookings) {
    if (seesRedacted(viewerOf(context), booking)) continue
    noteBooking(context, { bookingId: booking.id, ownerId: booking.userId })
  }
}

function listed({ filter, orderBy }: ListArgs, context: Context) {
  return bookingList(viewerOf(context), filterOf(filter), orderBy ?? undefined)
}
