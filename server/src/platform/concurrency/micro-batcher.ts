import { RateLimitedError } from '../errors.ts'

/** Does work for one caller, perhaps together with that of others. Returns one result for each item, in their order. */
export type MicroBatcher<Item, Result> = (items: readonly Item[]) => Promise<Result[]>

export type MicroBatcherOptions<Item, Result> = Readonly<{
  /** Batches under way at any time. */
  atOnce: number
  /** Items of a batch. A single call with more is a batch by itself. */
  size: number
  /** Items that may wait; any more is refused at once, so that a flood costs a bounded amount of memory and time. */
  waiting: number
  /**
   * While batches are under way, so many milliseconds are waited for a call to be joined by others before it begins the
   * next. Default 0.
   */
  gatherMs?: number
  /** A call that has waited longer when its turn comes is refused instead: whoever asked may be gone. */
  longestWaitMs: number
  /** What such a call is told. */
  tooLate: () => Error
  /** Does a batch, of all its items or of none. */
  work: (items: readonly Item[]) => Promise<readonly Result[]>
  /** Whether a batch may have failed for what one of its items is. Then the others are done without it. */
  isFaultOfOne: (error: unknown) => boolean
}>

type Call<Item, Result> = Readonly<{
  items: readonly Item[]
  since: number
  resolve: (results: Result[]) => void
  reject: (error: unknown) => void
}>

/**
 * Joins calls into batches, first come, first served. A call that finds room starts at once; while `atOnce` batches are
 * under way, calls gather and then go together. So what a batch costs once (a commit) is shared just when there is much
 * to do. The items of one call stay in one batch.
 *
 * The returned function throws RateLimitedError when too much is waiting, what `tooLate` says after too long a wait, and
 * else what `work` threw for that caller.
 */
export function createMicroBatcher<Item, Result>(
  options: MicroBatcherOptions<Item, Result>,
): MicroBatcher<Item, Result> {
  const { atOnce, size, waiting, gatherMs = 0, longestWaitMs, tooLate, work, isFaultOfOne } = options
  const queue: Call<Item, Result>[] = []
  let waitingItems = 0
  let underWay = 0
  let isStarting = false

  /** A turn of the event loop later: calls that one answer, or one packet of the network, set free go together. */
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
      // By halves: one bad item among many costs a few more batches, not one for each.
      const middle = batch.length >> 1
      await settle(batch.slice(0, middle))
      await settle(batch.slice(middle))
    }
  }

  return (items) => {
    if (items.length === 0) return Promise.resolve([])
    // A large call is let in while nothing waits, or it could never be.
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
