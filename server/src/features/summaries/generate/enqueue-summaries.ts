import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'

/** A booking that needs a summary. `isNew`: created in this transaction, so that no job for it can exist yet. */
type SummaryRequest = Readonly<{ bookingId: string; isNew: boolean }>

/**
 * Enqueues a summary for each booking, in the caller's transaction. If a job for the booking is still pending, it is
 * reused: a booking that changes twenty times in a row gets one summary.
 *
 * The caller must hold the lock on the booking's key, as every writer of a booking does (a trigger takes it). The summary
 * is stored under the same lock, so a worker that starts after this look-up waits for the commit and reads the new state.
 */
export async function enqueueSummaries(
  tx: SqlTransaction,
  { queue }: Readonly<{ queue: Pick<Queue, 'enqueueAll'> }>,
  requests: readonly SummaryRequest[],
): Promise<void> {
  const pending = await readPending(
    tx,
    requests.filter(({ isNew }) => !isNew).map(({ bookingId }) => bookingId),
  )
  const jobs = requests.filter(({ bookingId }) => !pending.has(bookingId))
  if (jobs.length === 0) return
  await queue.enqueueAll(
    tx,
    'generate-summary',
    jobs.map(({ bookingId }) => ({ payload: { bookingId } })),
  )
}

/** The bookings that already have a pending job. */
async function readPending(tx: SqlTransaction, bookingIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (bookingIds.length === 0) return new Set()
  const pending = await tx.$queryRaw<{ bookingId: string }[]>`
    SELECT payload->>'bookingId' AS "bookingId" FROM worker_jobs
    WHERE "jobType" = 'generate-summary' AND status = 'pending' AND attempts = 0
      AND payload->>'bookingId' = ANY(${[...bookingIds]}::text[])`
  return new Set(pending.map(({ bookingId }) => bookingId))
}
