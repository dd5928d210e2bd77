import type { Viewer } from '../../../core/access/viewer.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { BookingFilter } from '../filter.model.ts'
import { bookingsMatching, countBookings } from '../reads.ts'
import type { BookingChangeKind } from './position.model.ts'

/** Filters changes. All conditions must match; omitted fields are ignored. */
export type ChangeFilter = Readonly<{
  kinds?: readonly BookingChangeKind[] | null | undefined
  /** Compared with the booking as it is when the change is delivered. */
  where?: BookingFilter | null | undefined
}>

type Change = Readonly<{ bookingId: string; kind: BookingChangeKind }>

/**
 * Passes on only the matching changes of a stream. Removed bookings can no longer be compared with `where`, so they always
 * match and clients stop showing them.
 */
export function filterChanges<C extends Change>(
  database: Database,
  viewer: Viewer,
  changes: AsyncIterableIterator<C>,
  { kinds, where }: ChangeFilter,
): AsyncIterableIterator<C> {
  if (kinds == null && where == null) return changes
  const isMatching = async ({ kind, bookingId }: Change): Promise<boolean> => {
    if (kinds != null && !kinds.includes(kind)) return false
    if (where == null || kind === 'removed') return true
    return (await countBookings(database, { AND: [bookingsMatching(viewer, where), { id: bookingId }] })) > 0
  }
  return {
    next: async () => {
      for (;;) {
        const result = await changes.next()
        if (result.done === true || (await isMatching(result.value))) return result
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
