import type { Database } from '../../platform/database/client.ts'
import type { LostJob } from '../../platform/jobs/queue.ts'
import { LOST } from './model.ts'

/** Marks jobs as failed in `worker_jobs` that the queue gave up because no worker ever recorded an outcome. */
export async function failLostJobs(deps: Readonly<{ database: Database }>, jobs: readonly LostJob[]): Promise<void> {
  // A job that was retried since has a higher `maxAttempts` than the lost attempt and is pending again, so it is skipped.
  await deps.database.$executeRaw`
    UPDATE worker_jobs w
    SET status = 'failed', error = COALESCE(w.error, ${LOST}), "completedAt" = now()
    FROM UNNEST(${jobs.map(({ id }) => id)}::uuid[], ${jobs.map(({ attempt }) => attempt)}::int[]) AS lost (id, attempt)
    WHERE w.id = lost.id AND w."maxAttempts" <= lost.attempt AND w.status IN ('pending', 'processing')`
}
