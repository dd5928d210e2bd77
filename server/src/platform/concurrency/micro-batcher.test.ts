import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { RateLimitedError } from '../errors.ts'
import { createMicroBatcher, type MicroBatcherOptions } from './micro-batcher.ts'

/** Doubles numbers in batches that run until released, and records the batches. */
function doubling(options: Partial<MicroBatcherOptions<number, number>> = {}) {
  const batches: (readonly number[])[] = []
  const releases: (() => void)[] = []
  const double = createMicroBatcher<number, number>({
    maxConcurrent: 1,
    maxBatchSize: 10,
    maxQueued: 100,
    maxWaitMs: 1_000,
    tooLate: () => new Error('too late'),
    isFaultOfOne: (error) => error instanceof RangeError,
    work: async (items) => {
      batches.push(items)
      await new Promise<void>((resolve) => releases.push(resolve))
      if (items.includes(13)) throw new RangeError('13')
      if (items.includes(0)) throw new Error('0')
      return items.map((item) => item * 2)
    },
    ...options,
  })
  /** Releases all current and future batches. */
  const releaseAll = async () => {
    for (let quiet = 0; quiet < 3; quiet++) {
      for (const release of releases.splice(0)) {
        release()
        quiet = 0
      }
      await wait(2)
    }
  }
  return { double, batches, releaseAll }
}

describe('createMicroBatcher', () => {
  test('returns each caller the results of its own items, in order', async () => {
    const { double, releaseAll } = doubling()
    const calls = [double([1, 2]), double([]), double([3])]
    await releaseAll()
    expect(await Promise.all(calls)).toEqual([[2, 4], [], [6]])
  })

  test('joins calls that arrive while other batches are running', async () => {
    const { double, batches, releaseAll } = doubling()
    const first = double([1])
    await wait(2)
    const others = [double([2]), double([3]), double([4])]
    await wait(2)
    expect(batches).toEqual([[1]])
    await releaseAll()
    await Promise.all([first, ...others])
    expect(batches).toEqual([[1], [2, 3, 4]])
  })

  test('gathers calls only while a batch is running, and starts at once otherwise', async () => {
    const { double, batches, releaseAll } = doubling({ maxConcurrent: 2, gatherMs: 60 })
    const first = double([1])
    await wait(2)
    expect(batches).toEqual([[1]])
    const others = [double([2])]
    await wait(10)
    others.push(double([3]))
    expect(batches).toEqual([[1]])
    await wait(100)
    expect(batches).toEqual([[1], [2, 3]])
    await releaseAll()
    await Promise.all([first, ...others])
  })

  test('never runs more than maxConcurrent batches', async () => {
    const { double, batches, releaseAll } = doubling({ maxConcurrent: 2 })
    const calls: Promise<number[]>[] = []
    for (const item of [1, 2, 3]) {
      calls.push(double([item]))
      await wait(2)
    }
    expect(batches).toEqual([[1], [2]])
    await releaseAll()
    expect(await Promise.all(calls)).toEqual([[2], [4], [6]])
  })

  test('fills a batch in call order and never splits a call', async () => {
    const { double, batches, releaseAll } = doubling({ maxBatchSize: 3 })
    const calls = [double([1, 2]), double([3, 4]), double([5]), double([6, 7, 8, 9])]
    await releaseAll()
    await Promise.all(calls)
    expect(batches).toEqual([
      [1, 2],
      [3, 4, 5],
      [6, 7, 8, 9],
    ])
  })

  test('refuses calls when the queue is full, and accepts them again later', async () => {
    const { double, releaseAll } = doubling({ maxQueued: 2 })
    const first = double([1])
    await wait(2)
    const waiting = double([2, 3])
    await expect(double([4])).rejects.toBeInstanceOf(RateLimitedError)
    await releaseAll()
    expect(await Promise.all([first, waiting])).toEqual([[2], [4, 6]])
    const waitingCall = double([4])
    await releaseAll()
    expect(await waitingCall).toEqual([8])
  })

  test('refuses a call that has waited too long when its turn comes, and runs the rest', async () => {
    const { double, batches, releaseAll } = doubling({ maxWaitMs: 40 })
    const first = double([1])
    await wait(2)
    const late = expect(double([2])).rejects.toThrow('too late')
    await wait(60)
    const freshCall = double([3])
    await releaseAll()
    await late
    expect(await Promise.all([first, freshCall])).toEqual([[2], [6]])
    expect(batches).toEqual([[1], [3]])
  })

  test('fails only the call whose item caused the error', async () => {
    const { double, releaseAll } = doubling({ maxBatchSize: 100 })
    const calls = [1, 2, 13, 4, 5].map((item) => double([item]))
    const settled = Promise.allSettled(calls)
    await releaseAll()
    expect(
      (await settled).map((result) => (result.status === 'fulfilled' ? result.value : result.reason.message)),
    ).toEqual([[2], [4], '13', [8], [10]])
  })

  test('fails every call of a batch that fails for another reason, and continues with the next batch', async () => {
    const { double, batches, releaseAll } = doubling()
    const settled = Promise.allSettled([double([0]), double([1])])
    await releaseAll()
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(batches).toHaveLength(1)
    const next = double([2])
    await releaseAll()
    expect(await next).toEqual([4])
  })
})
