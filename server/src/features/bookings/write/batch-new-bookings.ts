import { createMicroBatcher, type MicroBatcher } from '../../../platform/concurrency/micro-batcher.ts'
import { databaseFailureOf } from '../../../platform/database/failure.ts'
import { RateLimitedError } from '../../../platform/errors.ts'
import { type CreateDeps, type CreatedBookings, createBookings, type NewBooking } from './create-bookings.ts'

/**
 * So many transactions are under way at any time, each of so many deliveries: two, so that one is with the database while
 * the other's bookings are sealed.
 */
const bounds = { maxConcurrent: 2, maxBatchSize: 32, maxQueued: 2_000, gatherMs: 5, maxWaitMs: 5_000 }

type Beginner = MicroBatcher<NewBooking, CreatedBookings | null>

/** By what they work with: one for each node. */
const beginners = new WeakMap<CreateDeps, Beginner>()

function beginnerOf(deps: CreateDeps): Beginner {
  const known = beginners.get(deps)
  if (known !== undefined) return known
  const beginner = createMicroBatcher<NewBooking, CreatedBookings | null>({
    ...bounds,
    work: (beginnings) => createBookings(deps, beginnings),
    // Each is done alone then, by the caller of its own.
    isFaultOfOne: () => false,
    tooLate: () => new RateLimitedError(bounds.maxWaitMs / 1_000),
  })
  beginners.set(deps, beginner)
  return beginner
}

/**
 * Begins the booking that a delivery tells of, in one transaction with others that come while two are under way
 * (`beginBookings`). Returns when that has committed. Null, with nothing written, where the delivery has to be taken in
 * alone: it is no plain beginning, or one that it was together with failed.
 *
 * @throws what the database throws when it can't be reached, and RateLimitedError where too many wait for it: then nothing
 *   was kept
 */
export async function batchNewBookings(deps: CreateDeps, beginning: NewBooking): Promise<CreatedBookings | null> {
  try {
    const [begun] = await beginnerOf(deps)([beginning])
    return begun ?? null
  } catch (error) {
    if (error instanceof RateLimitedError || databaseFailureOf(error) === 'unavailable') throw error
    return null
  }
}
