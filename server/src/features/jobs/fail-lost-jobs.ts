import type { Database } from '../../platform/database/client.ts'
import type { LostJob } from '../../platform/jobs/queue.ts'
import { LOST } from './model.ts'

/** Marks as failed, in `worker_jobs`, what the queue gave up because no worker ever settled it. */
export async function recordLostJobs(deps: Readonly<{ database: Database }>, jobs: readonly LostJob[]): Promise<void> {
  // One that somebody has put back since has an attempt more than the one that was lost, and is only waiting for it.
  await deps.database.$executeRaw`
    UPDATE worker_jobs w
    SET status = 'failed', error = COALESCE(w.error, ${LOST}), "completedAt" = now()
    FROM UNNEST(${jobs.map(({ id }) => id)}::uuid[], ${jobs.map(({ attempt }) => attempt)}::int[]) AS lost (id, attempt)
    WHERE w.id = lost.id AND w."maxAttempts" <= lost.attempt AND w.status IN ('pending', 'processing')`
}
