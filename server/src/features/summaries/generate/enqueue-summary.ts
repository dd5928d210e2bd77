import type { Transaction } from '../../../platform/database/client.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { enqueueFirstSummary } from './enqueue-first-summary.ts'

type EnqueueDeps = Readonly<{ queue: Pick<Queue, 'enqueue'> }>

/**
 * Enqueues a summary of a booking changed in the caller's transaction, unless a job is pending that has not started: it will
 * see this change too, so a booking that changes twenty times in a row gets one summary, not twenty.
 *
 * The caller holds the lock on the booking's key, as every writer of a booking does (a trigger takes it). Summaries are
 * stored under the same lock, so a job that starts after this check waits for the commit.
 */
export async function enqueueSummary(tx: Transaction, deps: EnqueueDeps, bookingId: string): Promise<void> {
  const [found] = await tx.$queryRaw<{ isEnqueued: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM worker_jobs
      WHERE "jobType" = 'generate-summary' AND status = 'pending' AND attempts = 0 AND payload->>'bookingId' = ${bookingId}
    ) AS "isEnqueued"`
  if (found?.isEnqueued !== true) await enqueueFirstSummary(tx, deps, bookingId)
}
