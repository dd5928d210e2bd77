import { builder, checkFilter } from '../../graphql/builder.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'
import { User } from '../users/graphql.ts'
import type { BookingFilter as Filter } from './filter.model.ts'
import { Booking, BookingStatus, DateTimeRange, Sensitivity } from './graphql.ts'

const IntRange = builder.inputType('IntRange', {
  description: 'Whole numbers with `min <= n <= max`. Either end may be left open.',
  fields: (t) => ({
    min: t.int({ description: 'The smallest.' }),
    max: t.int({ description: 'The largest.' }),
  }),
})

export const BookingFilter = builder.inputType('BookingFilter', {
  description: 'Narrows bookings. What is left out does not narrow; a list takes at most 100 values.',
  fields: (t) => ({
    startTime: t.field({
      type: DateTimeRange,
      description: 'When the booking starts. Give one: it keeps the query fast.',
    }),
    status: t.field({ type: [BookingStatus], description: 'Any of these.' }),
    sensitivity: t.field({ type: [Sensitivity], description: 'Any of these.' }),
    ownerId: t.globalID({ for: [User], description: "The pastor's id." }),
    search: t.string({ description: 'Words of the title as you see it, in any case.' }),
    ids: t.globalIDList({ for: [Booking], description: 'Any of these bookings, as far as they exist for you.' }),
    eventTypeId: t.intList({ description: "Any of these event types, by Cal.com's ids." }),
    isAnonymous: t.boolean({
      description: 'Only those whose people are sealed whatever their sensitivity, or only others.',
    }),
    hasSummary: t.boolean({ description: 'Only those that have a summary, or only those that have none.' }),
    duration: t.field({ type: IntRange, description: 'How long it is, in minutes.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When ChurchHub first heard of it.' }),
    updatedAt: t.field({ type: DateTimeRange, description: 'When it last changed here.' }),
  }),
})

/**
 * A filter as it was asked for. A global id has been checked for its type by the time it comes here; only its own part is
 * needed.
 *
 * @throws BadUserInputError for a list that is too long, or an id that is none
 */
export function filterOf(input: (typeof BookingFilter)['$inferInput'] | null | undefined): Filter {
  checkFilter(input)
  const { ids: globalIds, ownerId: globalOwnerId, ...filter } = input ?? {}
  const ids = globalIds?.map(({ id }) => id)
  const ownerId = globalOwnerId?.id
  // Anything else would be an error of the database's.
  if (ids?.some((id) => !isUuid(id))) throw new BadUserInputError('filter.ids', 'filter.ids takes ids of bookings.')
  if (ownerId !== undefined && !isUuid(ownerId)) {
    throw new BadUserInputError('filter.ownerId', 'filter.ownerId takes the id of a user.')
  }
  return { ...filter, ids, ownerId }
}
