import { RateLimitedError } from '../errors.ts'

/** Runs work with limited concurrency. */
export type Semaphore = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Creates a semaphore with a queue for expensive work: `maxConcurrent` tasks run, up to `maxQueued` wait in order, and
 * any more are refused at once with RateLimitedError, so a flood costs bounded memory and time.
 */
export function createSemaphore({
  maxConcurrent,
  maxQueued,
}: Readonly<{ maxConcurrent: number; maxQueued: number }>): Semaphore {
  const queue: (() => void)[] = []
  let running = 0

  async function acquire(): Promise<void> {
    if (running < maxConcurrent) {
      running += 1
      return
    }
    if (queue.length >= maxQueued) throw new RateLimitedError(2)
    // A finishing task hands its slot over, so `running` doesn't change.
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  function release(): void {
    const next = queue.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return async (work) => {
    await acquire()
    try {
      return await work()
    } finally {
      release()
    }
  }
}
