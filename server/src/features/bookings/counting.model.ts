import type { BookingFilter } from './filter.model.ts'

/** What a list of bookings is asked for with, as far as it could make a group small. */
export type CountedList = Readonly<{
  filter: BookingFilter
  after?: string | null | undefined
  before?: string | null | undefined
}>

/** What whoever only counts may narrow by. Words would make groups of one, and so would whatever is not thought of here. */
const countable: ReadonlySet<string> = new Set([
  'startTime',
  'status',
  'sensitivity',
  'ownerId',
  'eventTypeId',
] satisfies (keyof BookingFilter)[])

const dayMs = 24 * 3_600_000

/**
 * The argument that whoever only counts may not give, or null. Two ranges that differ by a minute would tell by the
 * difference of their counts whether there is a booking at that minute: ranges go by whole days in UTC, so that the
 * difference is a day's. Cursors would tell whether there is a booking of a given id.
 */
export function narrowestRefused({ filter, after, before }: CountedList): string | null {
  if (after != null) return 'after'
  if (before != null) return 'before'
  const words = Object.entries(filter).find(([name, value]) => value != null && !countable.has(name))
  if (words !== undefined) return `filter.${words[0]}`
  const ends = [filter.startTime?.from, filter.startTime?.to]
  return ends.some((end) => end != null && end.getTime() % dayMs !== 0) ? 'filter.startTime' : null
}
