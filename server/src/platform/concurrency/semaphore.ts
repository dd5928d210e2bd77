import { RateLimitedError } from '../errors.ts'

/** Runs work, a few pieces at once. */
export type Semaphore = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Makes a queue for work that is dear: `atOnce` pieces run, up to `waiting` wait for their turn in order, and any more
 * is refused at once with RateLimitedError, so that a flood costs a bounded amount of memory and time.
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
    // The place of whoever finishes is handed over, so `running` stays as it is.
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
