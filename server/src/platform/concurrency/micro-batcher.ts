import { RateLimitedError } from '../errors.ts'

/**
 * Processes the items of one caller, possibly in a batch with those of others. Returns one result per item, in order.
 */
export type MicroBatcher<Item, Result> = (items: readonly Item[]) => Promise<Result[]>

export type MicroBatcherOptions<Item, Result> = Readonly<{
  /** The maximum number of batches running at once. */
  maxConcurrent: number
  /** The maximum number of items in a batch. A single larger call is a batch by itself. */
  maxBatchSize: number
  /**
   * The maximum number of queued items. Further calls are refused at once, so a flood costs bounded memory and time.
   */
  maxQueued: number
  /** While batches are running, how many milliseconds a call waits for others to join it. Default 0. */
  gatherMs?: number
  /** A call that has waited longer when its turn comes is refused; its caller has probably gone. */
  maxWaitMs: number
  /** The error for such a call. */
  tooLate: () => Error
  /** Processes a batch: all of its items or none. */
  work: (items: readonly Item[]) => Promise<readonly Result[]>
  /** Whether a single item may have caused the failure. If so, the other items are retried without it. */
  isFaultOfOne: (error: unknown) => boolean
}>

type Call<Item, Result> = Readonly<{
  items: readonly Item[]
  queuedAt: number
  resolve: (results: Result[]) => void
  reject: (error: unknown) => void
}>

/**
 * Joins calls into batches, first come, first served. A call starts at once if a slot is free; while `maxConcurrent`
 * batches are running, calls gather and run together. That way the fixed cost of a batch (a commit) is shared under
 * load. The items of one call stay in one batch.
 *
 * The returned function throws RateLimitedError when the queue is full, the error of `tooLate` after too long a wait,
 * and otherwise whatever `work` threw for that caller.
 */
export function createMicroBatcher<Item, Result>(
  options: MicroBatcherOptions<Item, Result>,
): MicroBatcher<Item, Result> {
  const { maxConcurrent, maxBatchSize, maxQueued, gatherMs = 0, maxWaitMs, tooLate, work, isFaultOfOne } = options
  const queue: Call<Item, Result>[] = []
  let queuedItems = 0
  let running = 0
  let isStarting = false

  /**
   * Waits one turn of the event loop, so calls released by the same response or network packet are batched together.
   */
  function scheduleStart(): void {
    if (isStarting) return
    isStarting = true
    const start = () => {
      isStarting = false
      while (running < maxConcurrent && queue.length > 0) {
        rejectExpired()
        const batch = takeBatch()
        if (batch.length > 0) void run(batch)
      }
    }
    if (gatherMs > 0 && running > 0) setTimeout(start, gatherMs)
    else setImmediate(start)
  }

  function rejectExpired(): void {
    const oldest = performance.now() - maxWaitMs
    const firstUnexpired = queue.findIndex(({ queuedAt }) => queuedAt >= oldest)
    const expired = queue.splice(0, firstUnexpired === -1 ? queue.length : firstUnexpired)
    queuedItems -= countItems(expired)
    for (const { reject } of expired) reject(tooLate())
  }

  function takeBatch(): Call<Item, Result>[] {
    let count = 0
    const end = queue.findIndex((call, index) => {
      count += call.items.length
      return index > 0 && count > maxBatchSize
    })
    const batch = queue.splice(0, end === -1 ? queue.length : end)
    queuedItems -= countItems(batch)
    return batch
  }

  async function run(batch: readonly Call<Item, Result>[]): Promise<void> {
    running += 1
    await processBatch(batch)
    running -= 1
    scheduleStart()
  }

  async function processBatch(batch: readonly Call<Item, Result>[]): Promise<void> {
    try {
      const results = await work(batch.flatMap(({ items }) => items))
      let offset = 0
      for (const { items, resolve } of batch) {
        resolve(results.slice(offset, offset + items.length))
        offset += items.length
      }
    } catch (error) {
      if (batch.length === 1 || !isFaultOfOne(error)) {
        for (const { reject } of batch) reject(error)
        return
      }
      // Bisect: one bad item costs a few extra batches, not one per item.
      const middle = batch.length >> 1
      await processBatch(batch.slice(0, middle))
      await processBatch(batch.slice(middle))
    }
  }

  return (items) => {
    if (items.length === 0) return Promise.resolve([])
    // Accept an oversized call while the queue is empty; otherwise it could never run.
    if (queuedItems > 0 && queuedItems + items.length > maxQueued) return Promise.reject(new RateLimitedError(2))
    queuedItems += items.length
    return new Promise((resolve, reject) => {
      queue.push({ items, queuedAt: performance.now(), resolve, reject })
      scheduleStart()
    })
  }
}

function countItems(batch: readonly Call<unknown, never>[]): number {
  return batch.reduce((sum, { items }) => sum + items.length, 0)
}
