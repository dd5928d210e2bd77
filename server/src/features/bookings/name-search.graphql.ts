import { type Context, noteBooking, viewerOf } from '../../graphql/schema/builder.ts'
import type { BookingFilter } from './filter.model.ts'
import { isNameSearch } from './policy.ts'
import { bookingsMatching, listNamedBookings } from './reads.ts'

/**
 * Records which bookings a count or a statistic found by name. A number reveals names as a list does: whether somebody
 * has a booking, and when.
 */
export async function noteNameSearch(context: Context, filter: BookingFilter): Promise<void> {
  const viewer = viewerOf(context)
  if (!isNameSearch(viewer, filter)) return
  const named = await listNamedBookings(context.deps.database, bookingsMatching(viewer, filter))
  for (const { id, userId } of named) noteBooking(context, { bookingId: id, ownerId: userId })
}
