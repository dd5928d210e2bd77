import type { BookingFilter } from './filter.model.ts'
import type { StatsDimension, StatsGroup } from './statistics.model.ts'

/** What a list of bookings is asked for with, as far as it could make a group small. */
export type CountedList = Readonly<{
  filter: BookingFilter
  after?: string | null | undefined
  before?: string | null | undefined
}>

/** What whoever only counts may narrow by beside time, and the groups that it makes. */
const attributes = {
  status: { dimension: 'status', key: 'status' },
  sensitivity: { dimension: 'sensitivity', key: 'sensitivity' },
  ownerId: { dimension: 'owner', key: 'ownerId' },
  eventTypeId: { dimension: 'eventType', key: 'eventTypeId' },
} as const satisfies Partial<Record<keyof BookingFilter, { dimension: StatsDimension; key: keyof StatsGroup }>>

const dayMs = 24 * 3_600_000

/**
 * The argument that whoever only counts may not give, or null. Whatever two counts differ in, their difference tells of.
 * Two ranges that differ by a minute would tell whether there is a booking at that minute: ranges go by whole days in UTC.
 * Two attributes, or two values of one, would tell of a group between them that is never told itself. Words would make
 * groups of one, cursors would tell whether there is a booking of a given id, and what is not thought of here might too.
 */
export function narrowestRefused({ filter, after, before }: CountedList): string | null {
  if (after != null) return 'after'
  if (before != null) return 'before'
  const { startTime, ...others } = filter
  const [first, second] = Object.entries(others).filter(([, value]) => value != null)
  if (second !== undefined) return `filter.${second[0]}`
  if (first !== undefined) {
    const [name, value] = first
    if (!Object.hasOwn(attributes, name) || (Array.isArray(value) && value.length !== 1)) return `filter.${name}`
  }
  return [startTime?.from, startTime?.to].some((end) => end != null && end.getTime() % dayMs !== 0)
    ? 'filter.startTime'
    : null
}

/** The group that a filter which is not refused narrows to; null where it narrows by time alone. */
export function countedGroup(
  filter: BookingFilter,
): Readonly<{ dimension: StatsDimension; isOf: (group: StatsGroup) => boolean }> | null {
  for (const [name, { dimension, key }] of Object.entries(attributes)) {
    // The keys of `attributes` are fields of a filter.
    const given = filter[name as keyof typeof attributes]
    const value = Array.isArray(given) ? given[0] : given
    if (value != null) return { dimension, isOf: (group) => group[key] === value }
  }
  return null
}
