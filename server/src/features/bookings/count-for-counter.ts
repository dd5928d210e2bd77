import type { Viewer } from '../../core/access/viewer.ts'
import type { Database } from '../../platform/database/client.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { countInGroups } from './count-in-groups.ts'
import { type CountedList, countedGroup, narrowestRefused } from './counting.model.ts'

/**
 * How many bookings a list has, for a viewer who may only count: the same numbers as in the statistics, with the same
 * groups left out, so that neither tells what the other keeps. Nought also where the number may not be told.
 *
 * @throws BadUserInputError for an argument that would make a group small
 */
export async function countForCounter(
  deps: Readonly<{ database: Database }>,
  viewer: Viewer,
  list: CountedList,
): Promise<number> {
  const refused = narrowestRefused(list)
  if (refused !== null) {
    throw new BadUserInputError(
      refused,
      'A count-only token can filter only by whole days in UTC and by one status, sensitivity, owner or event type.',
    )
  }
  const { startTime } = list.filter
  const narrowed = countedGroup(list.filter)
  const groupBy = [narrowed?.dimension ?? 'status'] as const
  const { groups, total } = await countInGroups(deps, viewer, { filter: { startTime }, groupBy, timeZone: 'UTC' })
  return (narrowed === null ? total?.count : groups.find(narrowed.isOf)?.count) ?? 0
}
