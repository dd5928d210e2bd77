import { createMicroBatcher } from '../../../platform/concurrency/micro-batcher.ts'
import type { ConnectPipelined } from '../../../platform/database/client.ts'
import { databaseFailureOf } from '../../../platform/database/failure.ts'
import { runPipelined } from '../../../platform/database/run-pipelined.ts'
import { RateLimitedError } from '../../../platform/errors.ts'
import { type Applied, type ApplyDeps, type Arrival, applyEvents } from './apply-events.ts'

/**
 * Applies an event in one transaction with others that arrive while `limits.maxConcurrent` transactions are running.
 * Resolves after the commit. Returns null, with nothing written, if the event must be applied on its own: it isn't a
 * plain new booking, or the transaction failed.
 *
 * @throws the database's error if it can't be reached, and RateLimitedError if too many events are queued. Then nothing
 *   was recorded.
 */
export type BookingBatcher = (arrival: Arrival) => Promise<Applied | null>

/** Two concurrent transactions: one waits for the database while the bookings of the other are encrypted. */
const limits = { maxConcurrent: 2, maxBatchSize: 32, maxQueued: 2_000, gatherMs: 5, maxWaitMs: 5_000 }

/** The batcher of one node. */
export function createBookingBatcher(
  deps: ApplyDeps & Readonly<{ connectPipelined: ConnectPipelined }>,
): BookingBatcher {
  const applyTogether = createMicroBatcher<Arrival, Applied | null>({
    ...limits,
    work: (arrivals) => runPipelined(deps.connectPipelined, (tx) => applyEvents(tx, deps, arrivals, false)),
    // After a failure each event is applied on its own, by its caller.
    isFaultOfOne: () => false,
    tooLate: () => new RateLimitedError(limits.maxWaitMs / 1_000),
  })
  return async (arrival) => {
    try {
      const [applied] = await applyTogether([arrival])
      return applied ?? null
    } catch (error) {
      if (error instanceof RateLimitedError || databaseFailureOf(error) === 'unavailable') throw error
      return null
    }
  }
}
