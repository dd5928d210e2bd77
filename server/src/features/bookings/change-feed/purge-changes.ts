import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { dayMs } from '../../../platform/durations.ts'

/**
 * Deletes a batch of the change feed older than `retentionDays`. Keeps each owner's newest row, because the next one is
 * numbered after it. Earlier cursors then fail with CURSOR_EXPIRED. Returns how many rows were deleted.
 */
export async function purgeChanges(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  { batch, retentionDays }: Readonly<{ batch: number; retentionDays: number }>,
): Promise<number> {
  const before = new Date(clock.now().getTime() - retentionDays * dayMs)
  return database.$executeRaw`
    DELETE FROM booking_changes c USING (
      SELECT o."ownerId", o.number FROM booking_changes o
      WHERE o."createdAt" < ${before}::timestamptz
        AND EXISTS (SELECT FROM booking_changes n WHERE n."ownerId" = o."ownerId" AND n.number > o.number)
      ORDER BY o."ownerId", o.number LIMIT ${batch}::int
    ) old
    WHERE c."ownerId" = old."ownerId" AND c.number = old.number`
}
