import { RateLimitedError } from '../errors.ts'

/**
 * Processes the items of one caller, possibly in a batch with those of others. Returns one result per item, in order.
 */
export type MicroBatcher<Item, Result> = (items: readonly Item[]) => Promise<Result[]>

export type MicroBatcherOptions<Item, Result> = Readonly<{
  /** The maximum number of batches running at once. */
  atOnce: number
  /** The maximum number of items in a batch. A single larger call is a batch by itself. */
  size: number
  /**
   * The maximum number of queued items. Further calls are refused at once, so a flood costs bounded memory and time.
   */
  waiting: number
  /** While batches are running, how many milliseconds a call waits for others to join it. Default 0. */
  gatherMs?: number
  /** A call that has waited longer when its turn comes is refused; its caller has probably gone. */
  longestWaitMs: number
  /** The error for such a call. */
  tooLate: () => Error
  /** Processes a batch: all of its items or none. */
  work: (items: readonly Item[]) => Promise<readonly Result[]>
  /** Whether a single item may have caused the failure. If so, the other items are retried without it. */
  isFaultOfOne: (error: unknown) => boolean
}>

type Call<Item, Result> = Readonly<{
  items: readonly Item[]
  since: number
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
  const { atOnce, size, waiting, gatherMs = 0, longestWaitMs, tooLate, work, isFaultOfOne } = options
  const queue: Call<Item, Result>[] = []
  let waitingItems = 0
  let underWay = 0
  let isStarting = false

  /**
   * Waits one turn of the event loop, so calls released by the same response or network packet are batched together.
   */
  function startSoon(): void {
    if (isStarting) return
    isStarting = true
    const start = () => {
      isStarting = false
      while (underWay < atOnce && queue.length > 0) {
        refuseLate()
        const batch = takeBatch()
        if (batch.length > 0) void run(batch)
      }
    }
    if (gatherMs > 0 && underWay > 0) setTimeout(start, gatherMs)
    else setImmediate(start)
  }

  function refuseLate(): void {
    const oldest = performance.now() - longestWaitMs
    const inTime = queue.findIndex(({ since }) => since >= oldest)
    const late = queue.splice(0, inTime === -1 ? queue.length : inTime)
    waitingItems -= countItems(late)
    for (const { reject } of late) reject(tooLate())
  }

  function takeBatch(): Call<Item, Result>[] {
    let count = 0
    const end = queue.findIndex((call, at) => {
      count += call.items.length
      return at > 0 && count > size
    })
    const batch = queue.splice(0, end === -1 ? queue.length : end)
    waitingItems -= countItems(batch)
    return batch
  }

  async function run(batch: readonly Call<Item, Result>[]): Promise<void> {
    underWay += 1
    await settle(batch)
    underWay -= 1
    startSoon()
  }

  async function settle(batch: readonly Call<Item, Result>[]): Promise<void> {
    try {
      const results = await work(batch.flatMap(({ items }) => items))
      let from = 0
      for (const { items, resolve } of batch) {
        resolve(results.slice(from, from + items.length))
        from += items.length
      }
    } catch (error) {
      if (batch.length === 1 || !isFaultOfOne(error)) {
        for (const { reject } of batch) reject(error)
        return
      }
      // Bisect: one bad item costs a few extra batches, not one per item.
      const middle = batch.length >> 1
      await settle(batch.slice(0, middle))
      await settle(batch.slice(middle))
    }
  }

  return (items) => {
    if (items.length === 0) return Promise.resolve([])
    // Accept an oversized call while the queue is empty; otherwise it could never run.
    if (waitingItems > 0 && waitingItems + items.length > waiting) return Promise.reject(new RateLimitedError(2))
    waitingItems += items.length
    return new Promise((resolve, reject) => {
      queue.push({ items, since: performance.now(), resolve, reject })
      startSoon()
    })
  }
}

function countItems(batch: readonly Call<unknown, never>[]): number {
  return batch.reduce((sum, { items }) => sum + items.length, 0)
}
