import { RateLimitedError } from '../errors.ts'

/** Runs work with limited concurrency. */
export type Semaphore = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Creates a semaphore with a queue for expensive work: `maxConcurrent` tasks run, up to `maxQueued` wait in order, and
 * any more are refused at once with RateLimitedError, so a flood costs bounded memory and time.
 */
export function createSemaphore({ atOnce, waiting }: Readonly<{ atOnce: number; waiting: number }>): Semaphore {
  const queue: (() => void)[] = []
  let running = 0

  async function turn(): Promise<void> {
    if (running < atOnce) {
      running += 1
      return
    }
    if (queue.length >= waiting) throw new RateLimitedError(2)
    // A finishing task hands its slot over, so `running` doesn't change.
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  function leave(): void {
    const next = queue.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return async (work) => {
    await turn()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
