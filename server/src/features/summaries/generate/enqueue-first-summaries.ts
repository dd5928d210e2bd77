import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'

/** Like `enqueueFirstSummary`, for several bookings. */
export async function enqueueFirstSummaries(
  tx: SqlTransaction,
  { queue }: Readonly<{ queue: Pick<Queue, 'enqueueAll'> }>,
  bookingIds: readonly string[],
): Promise<void> {
  const jobs = bookingIds.map((bookingId) => ({ payload: { bookingId } }))
  await queue.enqueueAll(tx, 'generate-summary', jobs)
}
