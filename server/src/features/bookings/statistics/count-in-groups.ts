import { mayOnlyCount } from '../../../core/access/counting.ts'
import type { Viewer } from '../../../core/access/viewer.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database, Statements } from '../../../platform/database/client.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { isTimeZone } from '../../../platform/time-zone.ts'
import { findFigures } from './find-figures.ts'
import { type BookingStats, isPeriod, type StatsGroup, type StatsInput } from './statistics.model.ts'
import { readBookingStats } from './statistics.reads.ts'

const maxDimensions = 3
const maxGroups = 1_000

/**
 * Counts the bookings that the viewer may see, in groups. Count-only viewers get the published figures of calendar months
 * instead.
 *
 * @throws BadUserInputError for an invalid query, and for a result with too many groups
 */
export async function countInGroups(
  deps: Readonly<{ database: Database; statements: Statements; clock: Clock }>,
  viewer: Viewer,
  input: StatsInput,
): Promise<BookingStats> {
  checkQuery(input)
  if (mayOnlyCount(viewer)) return findFigures(deps, viewer, input)
  const groups = await readBookingStats(deps, viewer, { ...input, limit: maxGroups + 1 })
  if (groups.length > maxGroups) {
    const message = `The result has more than ${maxGroups} groups. Narrow startTime, or group by fewer dimensions.`
    throw new BadUserInputError('groupBy', message)
  }
  return { groups, total: totalOf(groups), isPartial: false }
}

function checkQuery({ groupBy, timeZone }: StatsInput): void {
  if (groupBy.length === 0 || groupBy.length > maxDimensions) {
    throw new BadUserInputError('groupBy', `groupBy takes one to ${maxDimensions} dimensions.`)
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

function totalOf(groups: readonly StatsGroup[]) {
  const sum = (pick: (group: StatsGroup) => number) => groups.reduce((total, group) => total + pick(group), 0)
  return { count: sum(({ count }) => count), minutes: sum(({ minutes }) => minutes ?? 0) }
}
