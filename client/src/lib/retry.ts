const firstDelayMs = 500
const longestDelayMs = 30_000

/**
 * How long to wait before try number `attempt` (0 is the first retry): doubles up to 30 s, with full jitter over the
 * upper half, so that a thousand dashboards don't come back to a restarted server in the same instant.
 */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 16))
  return ceiling / 2 + (random() * ceiling) / 2
}

/**
 * Waits `milliseconds`, or less: the network coming back or the page coming to the front ends the wait at once,
 * for then a person is looking. Resolves early, too, when `signal` aborts; the caller looks at the signal.
 */
export function waitOrWakeUp(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      window.removeEventListener('online', finish)
      document.removeEventListener('visibilitychange', wakeIfVisible)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const wakeIfVisible = () => {
      if (document.visibilityState === 'visible') finish()
    }
    const timer = setTimeout(finish, milliseconds)
    window.addEventListener('online', finish)
    document.addEventListener('visibilitychange', wakeIfVisible)
    signal.addEventListener('abort', finish)
    if (signal.aborted) finish()
  })
}
