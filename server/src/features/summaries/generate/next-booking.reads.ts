import type { Database } from '../../../platform/database/client.ts'

/** The next booking of a pastor that still takes place, or null. */
export async function findNextBookingId(database: Database, ownerId: string, now: Date): Promise<string | null> {
  const booking = await database.booking.findFirst({
    where: { userId: ownerId, startTime: { gte: now }, status: { in: ['confirmed', 'pending'] } },
    orderBy: [{ startTime: 'asc' }, { id: 'asc' }],
    select: { id: true },
  })
  return booking?.id ?? null
}
