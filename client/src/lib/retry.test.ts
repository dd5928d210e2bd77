import { describe, expect, test } from 'vitest'
import { retryDelayMs } from './retry.ts'

describe('the wait before a retry', () => {
  test('doubles up to half a minute', () => {
    const longest = [0, 1, 2, 3, 6, 50].map((attempt) => retryDelayMs(attempt, () => 1))
    expect(longest).toEqual([500, 1000, 2000, 4000, 30_000, 30_000])
  })

  test('is spread over the upper half, so that clients do not reconnect in a wave', () => {
    expect(retryDelayMs(2, () => 0)).toBe(1000)
    expect(retryDelayMs(2, () => 0.5)).toBe(1500)
  })
})
