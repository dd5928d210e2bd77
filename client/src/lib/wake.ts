const lookEveryMs = 5_000

/** Longer than browsers hold back the timers of a hidden page, which is once a minute. */
const asleepAfterMs = 90_000

/**
 * Calls `listener` when this device has slept: when a timer that goes off every five seconds comes much too late. What
 * was connected before is mostly gone then, and nobody has said so. Returns the way to stop.
 */
export function onWake(listener: () => void): () => void {
  let lookedAt = Date.now()
  const timer = setInterval(() => {
    const asleepMs = Date.now() - lookedAt
    lookedAt = Date.now()
    if (asleepMs > asleepAfterMs) listener()
  }, lookEveryMs)
  return () => clearInterval(timer)
}
