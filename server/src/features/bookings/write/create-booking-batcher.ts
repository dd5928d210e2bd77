import { createMicroBatcher } from '../../../platform/concurrency/micro-batcher.ts'
import type { Database } from '../../../platform/database/client.ts'
import { databaseFailureOf } from '../../../platform/database/failure.ts'
import { runPipelined } from '../../../platform/database/run-pipelined.ts'
import { RateLimitedError } from '../../../platform/errors.ts'
import { type Applied, type ApplyDeps, type Arrival, applyEvents } from './apply-events.ts'

/**
 * Applies an event in one transaction with others that come while `bounds.atOnce` transactions are under way. Returns when
 * that has committed. Null, with nothing written, where the event has to be applied on its own: it is no plain new booking,
 * or the transaction failed.
 *
 * @throws what the database throws when it can't be reached, and RateLimitedError where too many wait for it: then nothing
 *   was recorded
 */
export type BookingBatcher = (arrival: Arrival) => Promise<Applied | null>

/** Two transactions at once, so that one is with the database while the bookings of the other are encrypted. */
const bounds = { atOnce: 2, size: 32, waiting: 2_000, gatherMs: 5, longestWaitMs: 5_000 }

/** The batcher of one node. */
export function createBookingBatcher(deps: ApplyDeps & Readonly<{ database: Database }>): BookingBatcher {
  const applyTogether = createMicroBatcher<Arrival, Applied | null>({
    ...bounds,
    work: (arrivals) => runPipelined(deps.database, (tx) => applyEvents(tx, deps, arrivals, false)),
    // Each is applied on its own then, by its own caller.
    isFaultOfOne: () => false,
    tooLate: () => new RateLimitedError(bounds.longestWaitMs / 1_000),
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
