/** Seconds to wait after each failed try: eight tries over some seventeen hours. */
const waitsSeconds = [5, 30, 120, 900, 3_600, 14_400, 43_200] as const

const longestRetryAfterSeconds = 43_200

/**
 * When to try again after a failed try, in seconds from now; null when there were enough.
 *
 * @param step - how many tries of this run have failed before
 * @param retryAfterSeconds - what the receiver asked for, if it did; it may wait longer than the schedule, not shorter
 * @param random - from 0 to 1: what failed together does not all come again at once
 */
export function nextWaitSeconds(step: number, retryAfterSeconds: number | null, random: number): number | null {
  const wait = waitsSeconds[step]
  if (wait === undefined) return null
  const spread = Math.round(wait * (0.9 + 0.2 * random))
  return Math.max(spread, Math.min(retryAfterSeconds ?? 0, longestRetryAfterSeconds))
}

/** Reads a `Retry-After` header (RFC 9110 §10.2.3: seconds, or a date). Null for anything else. */
export function retryAfterSecondsOf(header: string | null, now: Date): number | null {
  if (header === null) return null
  if (/^\d{1,9}$/.test(header.trim())) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1_000))
}

/** After so many failures in a row an endpoint gets a rest, so that a dead one does not keep the others waiting. */
const failuresBeforeRest = 5
const longestRestSeconds = 300

/** How long nothing is sent to an endpoint that has failed so often in a row, in seconds; 0 for no rest. */
export function restSeconds(failures: number): number {
  if (failures < failuresBeforeRest) return 0
  return Math.min(5 * 2 ** (failures - failuresBeforeRest), longestRestSeconds)
}

const HOUR_MS = 3_600_000
const warnAfterMs = 24 * HOUR_MS
const disableAfterMs = 5 * 24 * HOUR_MS
const noticeMs = 24 * HOUR_MS

/** What is known of an endpoint's failing when another try has failed. */
export type Failing = Readonly<{ failingSince: Date; warnedAt: Date | null; now: Date }>

/**
 * What another failure means for an endpoint of which no try has succeeded since `failingSince`: after a day its owner is
 * warned, after five it is switched off, and never less than a day after the warning.
 */
export function consequenceOf({ failingSince, warnedAt, now }: Failing): 'none' | 'warn' | 'disable' {
  const failingMs = now.getTime() - failingSince.getTime()
  if (warnedAt === null) return failingMs >= warnAfterMs ? 'warn' : 'none'
  return failingMs >= disableAfterMs && now.getTime() - warnedAt.getTime() >= noticeMs ? 'disable' : 'none'
}
