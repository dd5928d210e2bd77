import type { Viewer } from '../../../core/access/viewer.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { type CountedList, totalQuery } from './counting.model.ts'
import { readPublishedGroups, readPublishedTotals } from './figures.reads.ts'
import { publishFigures } from './publish-figures.ts'
import { resolveCalendarMonths } from './resolve-calendar-months.ts'

/**
 * The number of bookings in a list, for a count-only viewer: the published figure of one calendar month, the same as in the
 * statistics. Zero if it is suppressed.
 *
 * @throws BadUserInputError for a list without a published figure; the message says what to request instead
 */
export async function readSuppressedCount(
  deps: Readonly<{ database: Database; clock: Clock }>,
  viewer: Viewer,
  list: CountedList,
): Promise<number> {
  const query = totalQuery(viewer, list)
  if ('rejectedArgument' in query) throw new BadUserInputError(query.rejectedArgument, query.instead)
  const { by, key } = query
  const months = await resolveCalendarMonths(deps, list.filter, { max: 1 })
  await publishFigures(deps)
  if (viewer.role !== 'admin') {
    // The only published figure of a pastor is the church's group of that pastor. Other pastors don't exist for them.
    if (key !== null && key !== viewer.userId) return 0
    const [own] = await readPublishedGroups(deps.database, months, { dimension: 'owner', key: viewer.userId })
    return own?.count ?? 0
  }
  const [figure] = await (by === null
    ? readPublishedTotals(deps.database, months)
    : readPublishedGroups(deps.database, months, { dimension: by, key }))
  return figure?.count ?? 0
}
