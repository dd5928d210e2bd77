import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'

/** Orders summaries of several bookings, as `orderFirstSummary` does of one. */
export async function enqueueFirstSummaries(
  tx: SqlTransaction,
  { queue }: Readonly<{ queue: Pick<Queue, 'enqueueAll'> }>,
  bookingIds: readonly string[],
): Promise<void> {
  const jobs = bookingIds.map((bookingId) => ({ payload: { bookingId } }))
  await queue.enqueueAll(tx, 'generate-summary', jobs)
}
