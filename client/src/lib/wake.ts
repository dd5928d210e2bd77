const intervalMs = 5_000

/** Longer than browsers delay timers of a hidden page, which is up to a minute. */
const asleepAfterMs = 90_000

/**
 * Calls `listener` when this device has slept: when a timer of five seconds fires much too late. Connections from
 * before are usually dead then, without notice. Returns the unsubscribe function.
 */
export function onWake(listener: () => void): () => void {
  let checkedAt = Date.now()
  const timer = setInterval(() => {
    const asleepMs = Date.now() - checkedAt
    checkedAt = Date.now()
    if (asleepMs > asleepAfterMs) listener()
  }, intervalMs)
  return () => clearInterval(timer)
}
