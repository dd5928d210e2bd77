import type { Transaction } from '../../../platform/database/client.ts'

/**
 * Makes the threads of these bookings one. The bookings of a chain can be heard of in any order, so two threads may meet
 * in a booking between them; all of both then belong together. Call under `lockThreads`.
 */
export async function mergeThreads(tx: Transaction, bookingIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    WITH met AS (SELECT DISTINCT "threadId" FROM booking_keys WHERE id = ANY(${[...bookingIds]}::uuid[])),
      kept AS (SELECT "threadId" FROM met ORDER BY "threadId" LIMIT 1)
    UPDATE booking_keys k SET "threadId" = kept."threadId"
    FROM kept
    WHERE k."threadId" IN (SELECT "threadId" FROM met) AND k."threadId" <> kept."threadId"`
}
