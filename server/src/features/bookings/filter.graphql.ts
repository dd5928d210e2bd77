import { builder, checkFilter } from '../../graphql/schema/builder.ts'
import { DateTimeRange, IntRange, Sensitivity } from '../../graphql/schema/common-types.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'
import { User } from '../users/graphql.ts'
import type { BookingFilter as Filter } from './filter.model.ts'
import { Booking, BookingStatus } from './graphql.ts'

export const BookingFilter = builder.inputType('BookingFilter', {
  description:
    'Filters bookings. All conditions must match; omitted fields are ignored. A list accepts at most 100 values.',
  fields: (t) => ({
    startTime: t.field({
      type: DateTimeRange,
      description: 'When the booking starts. Set this to keep the query fast.',
    }),
    status: t.field({ type: [BookingStatus], description: 'Matches any of these values.' }),
    sensitivity: t.field({ type: [Sensitivity], description: 'Matches any of these values.' }),
    ownerId: t.globalID({ for: [User], description: "The pastor's ID." }),
    search: t.string({
      description: "Text to find in the title as you see it, or in the event type's title. Case-insensitive.",
    }),
    ids: t.globalIDList({
      for: [Booking],
      description: 'Matches any of these bookings, as far as you can access them.',
    }),
    eventTypeId: t.intList({ description: 'Matches any of these event types, by their ID in Cal.com.' }),
    isAnonymous: t.boolean({
      description: 'True for bookings whose attendees are encrypted whatever the sensitivity, false for all others.',
    }),
    hasSummary: t.boolean({ description: 'True for bookings that have a summary, false for those that have none.' }),
    duration: t.field({ type: IntRange, description: 'The length in minutes.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When the booking was created in ChurchHub.' }),
    updatedAt: t.field({ type: DateTimeRange, description: 'When the booking was last updated in ChurchHub.' }),
  }),
})

/**
 * Parses a filter input. Global IDs were checked for their type when they were parsed; the query needs the plain IDs.
 *
 * @throws BadUserInputError for a list that is too long, or a malformed ID
 */
export function filterOf(input: (typeof BookingFilter)['$inferInput'] | null | undefined): Filter {
  checkFilter(input)
  const { ids: globalIds, ownerId: globalOwnerId, ...filter } = input ?? {}
  const ids = globalIds?.map(({ id }) => id)
  const ownerId = globalOwnerId?.id
  // Reject malformed IDs here; PostgreSQL would raise an internal error.
  if (ids?.some((id) => !isUuid(id)))
    throw new BadUserInputError('filter.ids', 'filter.ids must contain IDs of bookings.')
  if (ownerId !== undefined && !isUuid(ownerId)) {
    throw new BadUserInputError('filter.ownerId', 'filter.ownerId must be the ID of a user.')
  }
  return { ...filter, ids, ownerId }
}
