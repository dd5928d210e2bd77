import { builder, checkFilter } from '../../graphql/schema/builder.ts'
import { DateTimeRange, IntRange, Sensitivity } from '../../graphql/schema/common-types.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { User } from '../users/graphql.ts'
import type { BookingFilter as Filter } from './filter.model.ts'
import { Booking, BookingStatus } from './graphql.ts'

type GlobalId = Readonly<{ typename: string; id: string }>

/** A filter as the API receives it: with global IDs. */
type FilterInput = Omit<Filter, 'ids' | 'ownerId' | 'and' | 'or' | 'not'> &
  Readonly<{
    ids?: readonly GlobalId[] | null | undefined
    ownerId?: GlobalId | null | undefined
    and?: readonly FilterInput[] | null | undefined
    or?: readonly FilterInput[] | null | undefined
    not?: FilterInput | null | undefined
  }>

export const BookingFilter = builder.inputRef<FilterInput>('BookingFilter').implement({
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
    and: t.field({ type: [BookingFilter], description: 'Bookings that match all of these filters.' }),
    or: t.field({ type: [BookingFilter], description: 'Bookings that match at least one of these filters.' }),
    not: t.field({
      type: BookingFilter,
      description: "Bookings that don't match this filter. It can't contain `search`.",
    }),
  }),
})

/** Each nested filter is one more group of conditions per row. */
const maxNestedFilters = 20

/**
 * Parses a filter input. Global IDs were checked for their type when they were parsed; the query needs the plain IDs.
 *
 * @throws BadUserInputError for a list that is too long, too many nested filters, a search in `not`, or a malformed ID
 */
export function filterOf(input: FilterInput | null | undefined): Filter {
  let nested = 0
  return parse(input ?? {}, 'filter', false)

  function parse(filter: FilterInput, path: string, isNegated: boolean): Filter {
    checkFilter(filter, path)
    // Whoever sees which bookings a name doesn't match sees which it matches, without those being audited.
    if (isNegated && filter.search)
      throw new BadUserInputError(`${path}.search`, `${path}.search can't be used within not.`)
    const { ids, ownerId, and, or, not, ...conditions } = filter
    return {
      ...conditions,
      ids: ids?.map(({ id }) => id),
      ownerId: ownerId?.id,
      and: and && all(and, `${path}.and`, isNegated),
      or: or && all(or, `${path}.or`, isNegated),
      not: not && one(not, `${path}.not`, true),
    }
  }

  function all(filters: readonly FilterInput[], path: string, isNegated: boolean): Filter[] {
    if (filters.length === 0) throw new BadUserInputError(path, `${path} needs at least one filter.`)
    return filters.map((filter, at) => one(filter, `${path}.${at}`, isNegated))
  }

  function one(filter: FilterInput, path: string, isNegated: boolean): Filter {
    nested += 1
    if (nested > maxNestedFilters)
      throw new BadUserInputError(path, `A filter can contain at most ${maxNestedFilters} other filters.`)
    return parse(filter, path, isNegated)
  }
}
