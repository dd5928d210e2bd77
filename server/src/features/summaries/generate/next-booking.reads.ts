import type { Database } from '../../../platform/database/client.ts'

/** Finds the ID of a pastor's next booking that is confirmed or pending. Null if there is none. */
export async function findNextBookingId(database: Database, ownerId: string, now: Date): Promise<string | null> {
  const booking = await database.booking.findFirst({
    where: { userId: ownerId, startTime: { gte: now }, status: { in: ['confirmed', 'pending'] } },
    orderBy: [{ startTime: 'asc' }, { id: 'asc' }],
    select: { id: true },
  })
  return booking?.id ?? null
}
