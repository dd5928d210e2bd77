import { mayOnlyCount } from '../../core/access/counting.ts'
import { builder, type Context, checkCursors, checkPage, readsRows, viewerOf } from '../../graphql/builder.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { type CountedList, narrowestRefused } from './counting.model.ts'
import { BookingFilter, filterOf } from './filter.graphql.ts'
import { Booking, BookingConnection, bookingOrNotFound } from './graphql.ts'
import { bookingList, countBookings, isVisibleBooking, listBookings, visibleBooking } from './reads.ts'

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
      extensions: readsRows(listed),
      args: {
        filter: t.arg({ type: BookingFilter, description: 'Narrows the list.' }),
        orderBy: t.arg({ type: BookingOrder, description: 'By start time, earliest first, unless said otherwise.' }),
      },
      totalCount: (_parent, args, context) => {
        const { where } = listed(args, context)
        return countBookings(context.deps.database, where)
      },
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        const list = listed(args, context)
        if (mayOnlyCount(viewerOf(context))) return []
        const { database } = context.deps
        await checkCursors(args, (id) => isVisibleBooking(database, viewerOf(context), id))
        return listBookings(database, list, query)
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
  after?: string | null | undefined
  before?: string | null | undefined
}>

/** Which bookings a list is of, whatever page of it is asked for. Whoever only counts may not make a group small. */
function listed(args: ListArgs, context: Context) {
  const viewer = viewerOf(context)
  const filter = filterOf(args.filter)
  if (mayOnlyCount(viewer)) checkCounted({ ...args, filter })
  return bookingList(viewer, filter, args.orderBy ?? undefined)
}

function checkCounted(list: CountedList): void {
  const refused = narrowestRefused(list)
  if (refused === null) return
  throw new BadUserInputError(
    refused,
    'A token that only counts can narrow by whole days in UTC, status, sensitivity, owner and event type, and by nothing else.',
  )
}
