import { mayOnlyCount, smallestGroup } from '../../core/access/counting.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import type { Database } from '../../platform/database/client.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { narrowestRefused } from './counting.model.ts'
import type { BookingFilter } from './filter.model.ts'
import { isPeriod, isTimeZone, type StatsDimension, type StatsGroup } from './statistics.model.ts'
import { readBookingStats } from './statistics.reads.ts'
import { groupsToHide } from './suppression.model.ts'

/** What is asked, as it came. */
export type AskedStats = Readonly<{
  filter: BookingFilter
  groupBy: readonly StatsDimension[]
  timeZone: string
}>

/** Groups, and all bookings together as far as they may be told. */
export type BookingStats = Readonly<{
  groups: readonly StatsGroup[]
  /** Null where they are too few for a viewer who only counts. */
  total: Readonly<{ count: number; minutes: number }> | null
  /** Whether groups are left out. How many would tell their sizes, where they are as many as their bookings. */
  isPartial: boolean
}>

const mostDimensions = 3
const mostGroups = 1_000

/**
 * Counts the bookings that exist for the viewer, in groups. A viewer who may only count gets no group of fewer than five,
 * and nothing from which one follows.
 *
 * @throws BadUserInputError for a question that has no answer, or one of too many groups
 */
export async function countInGroups(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  asked: AskedStats,
): Promise<BookingStats> {
  checkQuestion(asked)
  const onlyCounts = mayOnlyCount(viewer)
  if (onlyCounts) checkCountable(asked)
  const groups = await readBookingStats(database, viewer, { ...asked, limit: mostGroups + 1 })
  if (groups.length > mostGroups) {
    const message = `The result has more than ${mostGroups} groups. Narrow startTime, or group by fewer dimensions.`
    throw new BadUserInputError('groupBy', message)
  }
  return onlyCounts ? tellable(groups) : { groups, total: totalOf(groups), isPartial: false }
}

function checkQuestion({ groupBy, timeZone }: AskedStats): void {
  if (groupBy.length === 0 || groupBy.length > mostDimensions) {
    throw new BadUserInputError('groupBy', `groupBy takes one to ${mostDimensions} dimensions.`)
  }
  if (new Set(groupBy).size < groupBy.length)
    throw new BadUserInputError('groupBy', 'groupBy contains a dimension twice. Remove one of them.')
  if (groupBy.filter(isPeriod).length > 1) {
    throw new BadUserInputError('groupBy', 'Group by only one of DAY, WEEK and MONTH.')
  }
  if (!isTimeZone(timeZone)) {
    throw new BadUserInputError(
      'timeZone',
      'timeZone must be an IANA name with its area, such as Europe/Berlin, or UTC.',
    )
  }
}

/**
 * What two questions of one who only counts differ in, their difference tells of: only time is left to narrow by, and one
 * dimension to group by, since the sums over several give the groups between them away.
 */
function checkCountable({ filter, groupBy, timeZone }: AskedStats): void {
  if (groupBy.length > 1) {
    throw new BadUserInputError('groupBy', 'A count-only token can group by only one dimension at a time.')
  }
  const { startTime: _time, ...others } = filter
  const dimension = Object.entries(others).find(([, value]) => value != null)
  if (dimension !== undefined) {
    const message = 'A count-only token can filter statistics only by whole days of startTime. Group by the rest.'
    throw new BadUserInputError(`filter.${dimension[0]}`, message)
  }
  const refused = narrowestRefused({ filter })
  if (refused !== null) throw new BadUserInputError(refused, 'A count-only token can filter only by whole days in UTC.')
  if (timeZone !== 'UTC') {
    throw new BadUserInputError('timeZone', 'A count-only token gets periods in UTC only. Set timeZone to UTC.')
  }
}

function tellable(groups: readonly StatsGroup[]): BookingStats {
  const hidden = groupsToHide(groups, smallestGroup)
  const total = totalOf(groups)
  return {
    groups: groups.filter((group) => !hidden.has(group)),
    total: total.count < smallestGroup ? null : total,
    isPartial: hidden.size > 0,
  }
}

function totalOf(groups: readonly StatsGroup[]) {
  const sum = (pick: (group: StatsGroup) => number) => groups.reduce((total, group) => total + pick(group), 0)
  return { count: sum(({ count }) => count), minutes: sum(({ minutes }) => minutes) }
}
