import { mayOnlyCount } from '../../../core/access/counting.ts'
import {
  builder,
  type Context,
  checkCursors,
  checkPage,
  leaveToResolver,
  noteBooking,
  readsRows,
  viewerOf,
} from '../../../graphql/schema/builder.ts'
import { OrderDirection } from '../../../graphql/schema/common-types.ts'
import { BookingFilter, filterOf } from '../filter.graphql.ts'
import { Booking, BookingConnection, bookingOrNotFound } from '../graphql.ts'
import { isNameSearch, type OwnedBooking, seesRedacted } from '../policy.ts'
import {
  bookingList,
  countBookings,
  isVisibleBooking,
  listBookings,
  listNamedBookings,
  visibleBooking,
} from '../reads.ts'
import { readSuppressedCount } from '../statistics/read-suppressed-count.ts'

const BookingOrderField = builder.enumType('BookingOrderField', {
  description: 'Properties by which bookings can be ordered.',
  values: {
    START_TIME: { value: 'startTime', description: 'By start time.' },
    CREATED_AT: { value: 'createdAt', description: 'By creation time in ChurchHub.' },
    UPDATED_AT: { value: 'updatedAt', description: 'By time of the last update.' },
    DURATION: { value: 'duration', description: 'By length.' },
    STATUS: { value: 'status', description: 'By status, in the order of `BookingStatus`.' },
  } as const,
})

const BookingOrder = builder.inputType('BookingOrder', {
  description: 'The order of a list of bookings. Ties are broken by ID.',
  fields: (t) => ({
    field: t.field({
      type: BookingOrderField,
      required: true,
      defaultValue: 'startTime',
      description: 'The property to order by.',
    }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'asc',
      description: 'The sort direction.',
    }),
  }),
})

builder.queryFields((t) => ({
  bookings: t.prismaConnection(
    {
      type: 'Booking',
      cursor: 'id',
      description:
        'Your bookings. Admins get all bookings, redacted. A token with `count-only` gets only `totalCount`.',
      authScopes: { signedIn: true },
      needs: ['bookings:read', 'count-only'],
      extensions: readsRows((args: ListArgs, context) =>
        isNameSearch(viewerOf(context), args.filter) ? leaveToResolver() : listed(args, context),
      ),
      args: {
        filter: t.arg({ type: BookingFilter, description: 'Filters the list.' }),
        orderBy: t.arg({ type: BookingOrder, description: 'Defaults to start time, earliest first.' }),
      },
      totalCount: async (_parent, args, context) => {
        const viewer = viewerOf(context)
        if (mayOnlyCount(viewer)) {
          return readSuppressedCount(context.deps, viewer, { ...args, filter: filterOf(args.filter) })
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
    description: "Fetches a booking by ID. Errors: `NOT_FOUND` if it doesn't exist or you can't access it.",
    authScopes: { signedIn: true },
    needs: 'bookings:read',
    extensions: readsRows(({ id }: { id: { id: string } }, context) => ({
      where: visibleBooking(viewerOf(context), id.id),
    })),
    args: { id: t.arg.globalID({ required: true, for: [Booking], description: "The booking's ID." }) },
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
