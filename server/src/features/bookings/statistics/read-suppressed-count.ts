import type { Viewer } from '../../../core/access/viewer.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { checkMonths } from './check-months.ts'
import { type CountedList, totalQuestion } from './counting.model.ts'
import { readPublishedGroups, readPublishedTotals } from './figures.reads.ts'
import { publishFigures } from './publish-figures.ts'

/**
 * How many bookings a list has, for a viewer who may only count: the published figure of one calendar month, the same as in
 * the statistics. Nought where it may not be told.
 *
 * @throws BadUserInputError for a list that no published figure is of, with what to ask instead
 */
export async function countSuppressed(
  deps: Readonly<{ database: Database; clock: Clock }>,
  viewer: Viewer,
  list: CountedList,
): Promise<number> {
  const question = totalQuestion(viewer, list)
  if ('refused' in question) throw new BadUserInputError(question.refused, question.instead)
  const { by, key } = question
  const months = await checkMonths(deps, list.filter, { atMost: 1 })
  await publishFigures(deps)
  if (viewer.role !== 'admin') {
    // All that is published of one pastor is the church's group of that pastor; of another it does not exist.
    if (key !== null && key !== viewer.userId) return 0
    const [own] = await readPublishedGroups(deps.database, months, { dimension: 'owner', key: viewer.userId })
    return own?.count ?? 0
  }
  const [figure] = await (by === null
    ? readPublishedTotals(deps.database, months)
    : readPublishedGroups(deps.database, months, { dimension: by, key }))
  return figure?.count ?? 0
}
