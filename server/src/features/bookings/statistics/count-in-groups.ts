import { mayOnlyCount } from '../../../core/access/counting.ts'
import type { Viewer } from '../../../core/access/viewer.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { isTimeZone } from '../../../platform/time-zone.ts'
import { findFigures } from './find-figures.ts'
import { type AskedStats, type BookingStats, isPeriod, type StatsGroup } from './statistics.model.ts'
import { readBookingStats } from './statistics.reads.ts'

const mostDimensions = 3
const mostGroups = 1_000

/**
 * Counts the bookings that exist for the viewer, in groups. A viewer who may only count gets the published figures of
 * calendar months: `findFigures`.
 *
 * @throws BadUserInputError for a question that has no answer, or one of too many groups
 */
export async function countInGroups(
  deps: Readonly<{ database: Database; clock: Clock }>,
  viewer: Viewer,
  asked: AskedStats,
): Promise<BookingStats> {
  checkQuestion(asked)
  if (mayOnlyCount(viewer)) return findFigures(deps, viewer, asked)
  const groups = await readBookingStats(deps.database, viewer, { ...asked, limit: mostGroups + 1 })
  if (groups.length > mostGroups) {
    const message = `The result has more than ${mostGroups} groups. Narrow startTime, or group by fewer dimensions.`
    throw new BadUserInputError('groupBy', message)
  }
  return { groups, total: totalOf(groups), isPartial: false }
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

function totalOf(groups: readonly StatsGroup[]) {
  const sum = (pick: (group: StatsGroup) => number) => groups.reduce((total, group) => total + pick(group), 0)
  return { count: sum(({ count }) => count), minutes: sum(({ minutes }) => minutes ?? 0) }
}
