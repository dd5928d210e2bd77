import { mayOnlyCount } from '../../../core/access/counting.ts'
import { builder, type Context, listField, noteBooking, readsRows, viewerOf } from '../../../graphql/schema/builder.ts'
import { OrderDirection } from '../../../graphql/schema/common-types.ts'
import { BookingFilter, filterOf } from '../filter.graphql.ts'
import { Booking, BookingConnection, bookingOrNotFound } from '../graphql.ts'
import { noteNameSearch } from '../name-search.graphql.ts'
import { isNameSearch, type OwnedBooking, seesRedacted } from '../policy.ts'
import { bookingList, visibleBooking } from '../reads.ts'
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

type ListArgs = Readonly<{
  filter?: (typeof BookingFilter)['$inferInput'] | null | undefined
  orderBy?: (typeof BookingOrder)['$inferInput'] | null | undefined
}>

const list = listField('Booking', listed, {
  // A name search is recorded in the audit log, which a planned query cannot do.
  isPlanned: ({ filter }, context) => !isNameSearch(viewerOf(context), filter),
  totalCount: async (args, context, count) => {
    const viewer = viewerOf(context)
    if (mayOnlyCount(viewer)) {
      return readSuppressedCount(context.deps, viewer, { ...args, filter: filterOf(args.filter) })
    }
    await noteNameSearch(context, filterOf(args.filter))
    return count()
  },
  rows: async ({ filter }, context, read) => {
    if (mayOnlyCount(viewerOf(context))) return []
    const bookings = await read()
    if (isNameSearch(viewerOf(context), filter)) noteNamed(context, bookings)
    return bookings
  },
})

builder.queryFields((t) => ({
  bookings: t.connection(
    {
      type: Booking,
      description:
        'Your bookings. Admins get all bookings, redacted. A token with `count-only` gets only `totalCount`.',
      authScopes: { signedIn: true },
      needs: ['bookings:read', 'count-only'],
      args: {
        filter: t.arg({ type: BookingFilter, description: 'Filters the list.' }),
        orderBy: t.arg({ type: BookingOrder, description: 'Defaults to start time, earliest first.' }),
      },
      ...list,
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

/** Records that a search found these bookings by name. The names of redacted bookings are not searched. */
function noteNamed(context: Context, bookings: readonly (OwnedBooking & Readonly<{ id: string }>)[]): void {
  for (const booking of bookings) {
    if (seesRedacted(viewerOf(context), booking)) continue
    noteBooking(context, { bookingId: booking.id, ownerId: booking.userId })
  }
}

function listed({ filter, orderBy }: ListArgs, context: Context) {
  return bookingList(viewerOf(context), filterOf(filter), orderBy ?? undefined)
}
