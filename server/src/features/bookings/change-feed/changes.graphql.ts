import { encodeGlobalID } from '@pothos/plugin-relay'
import {
  builder,
  type Context,
  noteBooking,
  readsRowOfEvent,
  replayOf,
  viewerOf,
} from '../../../graphql/schema/builder.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BookingFilter, filterOf } from '../filter.graphql.ts'
import { isNameSearch } from '../policy.ts'
import { findVisibleBooking, listNamedBookings, visibleBooking } from '../reads.ts'
import { readCursorNow } from './changes.reads.ts'
import type { ChangeTails } from './create-change-tails.ts'
import { filterChanges } from './filter-changes.ts'
import { followBookingChanges } from './follow-booking-changes.ts'
import type { FollowedChange } from './position.model.ts'

declare module '../../../graphql/auth/context.ts' {
  interface FeatureServices {
    readonly changeTails: ChangeTails
  }
}

const BookingChangeKind = builder.enumType('BookingChangeKind', {
  description: 'The kind of change to a booking.',
  values: {
    CREATED: { value: 'created', description: 'The booking is new.' },
    UPDATED: { value: 'updated', description: 'The booking was updated.' },
    RESCHEDULED: { value: 'rescheduled', description: 'Another booking replaced this one.' },
    CANCELLED: { value: 'cancelled', description: 'The booking was cancelled or rejected.' },
    SUMMARY_READY: { value: 'summary_ready', description: 'A summary was written.' },
    REMOVED: {
      value: 'removed',
      description: 'The booking no longer belongs to the viewer: it was handed over to another pastor, or deleted.',
    },
  } as const,
})

const BookingChange = builder.objectRef<FollowedChange>('BookingChange').implement({
  description: 'An entry in the ordered log of booking changes.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', {
      extensions: { liveOnly: true },
      description: 'The cursor of this change. Pass it as `after` to resume the subscription after this change.',
    }),
    kind: t.expose('kind', { type: BookingChangeKind, description: 'The kind of change.' }),
    // `t.globalID` would resolve asynchronously, which is expensive in a value sent to thousands of subscribers.
    bookingId: t.id({
      description: 'The ID of the changed booking.',
      resolve: ({ bookingId }) => encodeGlobalID('Booking', bookingId),
    }),
    booking: t.prismaField({
      type: 'Booking',
      nullable: true,
      description: 'The booking in its current state. Null if it no longer exists for the viewer.',
      extensions: readsRowOfEvent(({ kind, bookingId }: FollowedChange, context) =>
        kind === 'removed' ? null : visibleBooking(viewerOf(context), bookingId),
      ),
      resolve: (query, change, _args, context) =>
        change.kind === 'removed'
          ? null
          : findVisibleBooking(context.deps.database, viewerOf(context), change.bookingId, query),
    }),
  }),
})

builder.queryField('bookingCursor', (t) =>
  t.string({
    description:
      'The current end of your change log. Read it in the same operation as the bookings, then subscribe with it as `after`: no change in between is lost.',
    authScopes: { signedIn: true },
    needs: 'bookings:read',
    resolve: (_parent, _args, context) => readCursorNow(context.deps.database, viewerOf(context)),
  }),
)

builder.subscriptionField('bookingChanged', (t) =>
  t.field({
    type: BookingChange,
    description:
      'Changes to your bookings, in order, each exactly once. Admins get changes to all bookings. Replays the changes after the cursor first, then continues live. Ends with `CURSOR_EXPIRED` if the log no longer reaches back to the cursor.',
    authScopes: { signedIn: true },
    needs: 'bookings:read',
    // The arguments select the changes; the result of a change is the same for all viewers with the same permissions.
    extensions: { sharesResults: true },
    args: {
      after: t.arg.string({
        extensions: { liveOnly: true },
        description:
          'The cursor of an earlier change, or `bookingCursor`. If omitted, only changes from now on are sent.',
      }),
      kinds: t.arg({ type: [BookingChangeKind], description: 'Only changes of these kinds.' }),
      where: t.arg({
        type: BookingFilter,
        description:
          'Only changes to bookings that match this filter now. REMOVED changes match no filter and are always sent.',
      }),
    },
    subscribe: (_parent, { after, kinds, where }, context) => {
      const viewer = viewerOf(context)
      const changes = replayOf<FollowedChange>(context) ?? followBookingChanges(context.deps, viewer, after ?? null)
      return filterChanges(context.deps.database, viewer, changes, { kinds, where: where && filterOf(where) })
    },
    // Not async, so that the planner detects synchronously that this resolver needs the database.
    resolve: (change, { where }, context) =>
      change.kind !== 'removed' && isNameSearch(viewerOf(context), where)
        ? recordNameMatch(context.deps.database, context, change)
        : change,
  }),
)

/** A change that matches a search by name reveals the name, whatever fields are selected, so the access is recorded. */
async function recordNameMatch(database: Database, context: Context, change: FollowedChange): Promise<FollowedChange> {
  const { bookingId, ownerId } = change
  const named = await listNamedBookings(database, { id: bookingId })
  if (named.length > 0) noteBooking(context, { bookingId, ownerId })
  return change
}
