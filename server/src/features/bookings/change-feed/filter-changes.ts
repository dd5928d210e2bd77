import type { Viewer } from '../../../core/access/viewer.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { BookingFilter } from '../filter.model.ts'
import { bookingsMatching, countBookings } from '../reads.ts'
import type { BookingChangeKind } from './change-cursor.model.ts'

/** Which changes somebody wants. What is left out does not narrow. */
export type ChangeFilter = Readonly<{
  kinds?: readonly BookingChangeKind[] | null | undefined
  /** Bookings as they are when the change is told of. */
  where?: BookingFilter | null | undefined
}>

type Change = Readonly<{ bookingId: string; kind: BookingChangeKind }>

/**
 * Lets only the wanted changes of a stream through, and ends with it. What was removed is there no more to be compared: it
 * comes whatever `where` says, so that nobody goes on showing it.
 */
export function filterChanges<C extends Change>(
  database: Database,
  viewer: Viewer,
  changes: AsyncIterableIterator<C>,
  { kinds, where }: ChangeFilter,
): AsyncIterableIterator<C> {
  if (kinds == null && where == null) return changes
  const isWanted = async ({ kind, bookingId }: Change): Promise<boolean> => {
    if (kinds != null && !kinds.includes(kind)) return false
    if (where == null || kind === 'removed') return true
    return (await countBookings(database, { AND: [bookingsMatching(viewer, where), { id: bookingId }] })) > 0
  }
  return {
    next: async () => {
      for (;;) {
        const result = await changes.next()
        if (result.done === true || (await isWanted(result.value))) return result
      }
    },
    return: async () => (await changes.return?.()) ?? { done: true, value: undefined },
    throw: async (error) => {
      await changes.return?.()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
