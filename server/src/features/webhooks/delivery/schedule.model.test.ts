import { describe, expect, it, test } from 'vitest'
import { consequenceOf, nextWaitSeconds, pauseSecondsAfter, retryAfterSecondsOf } from './schedule.model.ts'

const now = new Date('2026-11-22T09:00:00Z')
const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000)

describe('the next attempt', () => {
  it('follows after five seconds, half a minute, and ever longer delays, eight attempts in total', () => {
    const waits = Array.from({ length: 8 }, (_, step) => nextWaitSeconds(step, null, 0.5))
    expect(waits).toEqual([5, 30, 120, 900, 3_600, 14_400, 43_200, null])
  })

  it('is spread by a tenth, so that simultaneous failures aren’t retried simultaneously', () => {
    expect([nextWaitSeconds(3, null, 0), nextWaitSeconds(3, null, 1)]).toEqual([810, 990])
  })

  it('waits as long as the receiver asks, up to half a day, and never less than the schedule', () => {
    expect(nextWaitSeconds(0, 60, 0.5)).toBe(60)
    expect(nextWaitSeconds(2, 1, 0.5)).toBe(120)
    expect(nextWaitSeconds(0, 10_000_000, 0.5)).toBe(43_200)
    expect(nextWaitSeconds(7, 60, 0.5)).toBeNull()
  })
})

test('Retry-After is parsed in seconds and as a date, and anything else is ignored', () => {
  expect(retryAfterSecondsOf('120', now)).toBe(120)
  expect(retryAfterSecondsOf('Sun, 22 Nov 2026 09:01:00 GMT', now)).toBe(60)
  expect(retryAfterSecondsOf('Sun, 22 Nov 2026 08:00:00 GMT', now)).toBe(0)
  expect([retryAfterSecondsOf('soon', now), retryAfterSecondsOf(null, now)]).toEqual([null, null])
})

test('an endpoint that fails repeatedly is paused, for at most five minutes', () => {
  expect([4, 5, 6, 11, 100].map(pauseSecondsAfter)).toEqual([0, 5, 10, 300, 300])
})

describe('a failure', () => {
  it.each([
    ['on the first day does nothing', 23, null, 'none'],
    ['after a day sends a warning', 24, null, 'warn'],
    ['after the warning does nothing', 48, 24, 'none'],
    ['after five days disables the endpoint', 120, 96, 'disable'],
    ['after five days without attempts sends a warning first', 400, null, 'warn'],
    ['shortly after a late warning does nothing', 400, 23, 'none'],
    ['a day after a late warning disables the endpoint', 400, 24, 'disable'],
  ] as const)('%s', (_name, failingHours, warnedHours, expected) => {
    const warnedAt = warnedHours === null ? null : ago(warnedHours)
    expect(consequenceOf({ failingSince: ago(failingHours), warnedAt, now })).toBe(expected)
  })
})
