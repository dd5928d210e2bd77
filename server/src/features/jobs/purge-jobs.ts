import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { dayMs } from '../../platform/durations.ts'

/**
 * Deletes a batch of the records of jobs that ended more than `retentionDays` ago. Those that wait or run are kept,
 * however old. Returns how many were deleted.
 */
export async function purgeJobs(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  { batch, retentionDays }: Readonly<{ batch: number; retentionDays: number }>,
): Promise<number> {
  const before = new Date(clock.now().getTime() - retentionDays * dayMs)
  return database.$executeRaw`
    DELETE FROM worker_jobs WHERE id IN (
      SELECT id FROM worker_jobs
      WHERE "createdAt" < ${before}::timestamptz AND status IN ('completed', 'failed')
        AND COALESCE("completedAt", "createdAt") < ${before}::timestamptz
      ORDER BY "createdAt" LIMIT ${batch}::int FOR UPDATE SKIP LOCKED
    )`
}
