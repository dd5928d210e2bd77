import type { Transaction } from '../../../platform/database/client.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { enqueueFirstSummary } from './enqueue-first-summary.ts'

type OrderDeps = Readonly<{ queue: Pick<Queue, 'enqueue'> }>

/**
 * Orders a summary of what the caller's transaction makes of a booking. An order that no worker has begun yet will see that
 * too, and stands for this one: a booking that changes twenty times in a row is written once, not twenty times.
 *
 * The caller holds the booking's key, as every writer of a booking does (a trigger locks it), and its summary is stored under
 * the same lock: a worker that begins after this one looked waits for the commit, and writes what it finds then.
 */
export async function enqueueSummary(tx: Transaction, deps: OrderDeps, bookingId: string): Promise<void> {
  const [found] = await tx.$queryRaw<{ isOrdered: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM worker_jobs
      WHERE "jobType" = 'generate-summary' AND status = 'pending' AND attempts = 0 AND payload->>'bookingId' = ${bookingId}
    ) AS "isOrdered"`
  if (found?.isOrdered !== true) await enqueueFirstSummary(tx, deps, bookingId)
}
