import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { onWake } from './wake.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const listener = vi.fn()
beforeEach(() => listener.mockClear())

test('reports a sleep once, when the device is awake again', () => {
  const stop = onWake(listener)
  vi.advanceTimersByTime(60_000)
  vi.setSystemTime(Date.now() + 3_600_000)
  expect(listener).not.toHaveBeenCalled()
  vi.advanceTimersByTime(10_000)
  expect(listener).toHaveBeenCalledTimes(1)
  stop()
})

test('does not mistake the throttled timers of a hidden page for sleep', () => {
  const stop = onWake(listener)
  for (let minute = 0; minute < 5; minute++) {
    vi.setSystemTime(Date.now() + 60_000)
    vi.advanceTimersByTime(5_000)
  }
  expect(listener).not.toHaveBeenCalled()
  stop()
  vi.setSystemTime(Date.now() + 3_600_000)
  vi.advanceTimersByTime(10_000)
  expect(listener).not.toHaveBeenCalled()
})
