import type { Transaction } from '../../../platform/database/client.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'

/**
 * Enqueues a summary without checking for a pending job. For bookings created in this transaction, and callers that have
 * checked.
 */
export async function enqueueFirstSummary(
  tx: Transaction,
  { queue }: Readonly<{ queue: Pick<Queue, 'enqueue'> }>,
  bookingId: string,
): Promise<void> {
  await queue.enqueue(tx, 'generate-summary', { bookingId })
}
