const firstDelayMs = 500
const maxDelayMs = 30_000

/**
 * The delay before retry number `attempt` (from 0): doubles up to 30 s, with jitter over the upper half, so that a
 * thousand dashboards don't reconnect to a restarted server at once.
 */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempt, 16))
  return ceiling / 2 + (random() * ceiling) / 2
}

/**
 * Waits `milliseconds`, or less: the wait ends when the network returns or the page becomes visible, because then a
 * user is looking. Also resolves when `signal` aborts; the caller checks the signal.
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
