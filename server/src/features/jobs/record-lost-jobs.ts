import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { LOST } from './model.ts'

/** Marks as failed, in `worker_jobs`, what the queue gave up because no worker ever settled it. */
export async function recordLostJobs(
  deps: Readonly<{ database: Database; clock: Clock }>,
  jobIds: readonly string[],
): Promise<void> {
  await deps.database.$executeRaw`
    UPDATE worker_jobs
    SET status = 'failed', error = COALESCE(error, ${LOST}), "completedAt" = ${deps.clock.now()}::timestamptz
    WHERE id = ANY(${jobIds}::uuid[]) AND status IN ('pending', 'processing')`
}
