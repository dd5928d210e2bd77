import type { Transaction } from '../../../platform/database/client.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'

/** Orders a summary of a booking that nobody can have ordered one of before: it is new in this transaction, or no order of it waits. */
export async function enqueueFirstSummary(
  tx: Transaction,
  { queue }: Readonly<{ queue: Pick<Queue, 'enqueue'> }>,
  bookingId: string,
): Promise<void> {
  await queue.enqueue(tx, 'generate-summary', { bookingId })
}
