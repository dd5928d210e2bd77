/** Seconds to wait after each failed attempt: eight attempts over about 17 hours. */
const waitsSeconds = [5, 30, 120, 900, 3_600, 14_400, 43_200] as const

const maxRetryAfterSeconds = 43_200

/**
 * The delay before the next attempt, in seconds. Null if no attempts are left.
 *
 * @param step - how many attempts of this run have failed before
 * @param retryAfterSeconds - the receiver's `Retry-After`, if any; can lengthen the delay but not shorten it
 * @param random - from 0 to 1, for jitter
 */
export function nextWaitSeconds(step: number, retryAfterSeconds: number | null, random: number): number | null {
  const wait = waitsSeconds[step]
  if (wait === undefined) return null
  const spread = Math.round(wait * (0.9 + 0.2 * random))
  return Math.max(spread, Math.min(retryAfterSeconds ?? 0, maxRetryAfterSeconds))
}

/** Parses a `Retry-After` header (RFC 9110 §10.2.3: seconds or a date). Null if it is invalid. */
export function retryAfterSecondsOf(header: string | null, now: Date): number | null {
  if (header === null) return null
  if (/^\d{1,9}$/.test(header.trim())) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1_000))
}

/** An endpoint is paused after this many consecutive failures, so that a dead one doesn't delay the others. */
const failuresBeforePause = 5
const maxPauseSeconds = 300

/** How long to pause an endpoint after this many consecutive failures, in seconds; 0 for no pause. */
export function pauseSecondsAfter(failures: number): number {
  if (failures < failuresBeforePause) return 0
  return Math.min(5 * 2 ** (failures - failuresBeforePause), maxPauseSeconds)
}

const HOUR_MS = 3_600_000
const warnAfterMs = 24 * HOUR_MS
const disableAfterMs = 5 * 24 * HOUR_MS
const disableAfterWarningMs = 24 * HOUR_MS

/** An endpoint's state after another failed attempt. */
export type FailureState = Readonly<{ failingSince: Date; warnedAt: Date | null; now: Date }>

/**
 * The consequence of another failure for an endpoint that has failed since `failingSince`: its owner is warned after a day,
 * and the endpoint is disabled after five, but never less than a day after the warning.
 */
export function consequenceOf({ failingSince, warnedAt, now }: FailureState): 'none' | 'warn' | 'disable' {
  const failingMs = now.getTime() - failingSince.getTime()
  if (warnedAt === null) return failingMs >= warnAfterMs ? 'warn' : 'none'
  return failingMs >= disableAfterMs && now.getTime() - warnedAt.getTime() >= disableAfterWarningMs ? 'disable' : 'none'
}
