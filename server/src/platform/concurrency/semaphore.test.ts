import { expect, test } from 'vitest'
import { createSemaphore } from './semaphore.ts'

/** Work that ends when told to. */
function heldWork() {
  const { promise, resolve } = Promise.withResolvers<string>()
  return { work: () => promise, finish: () => resolve('done') }
}

test('only so many pieces run at once, and those that wait have their turn in order', async () => {
  const bounded = createSemaphore({ atOnce: 2, waiting: 10 })
  const begun: number[] = []
  const held = [0, 1, 2, 3].map(() => heldWork())
  const results = held.map(({ work }, index) =>
    bounded(() => {
      begun.push(index)
      return work()
    }),
  )
  await Promise.resolve()
  expect(begun).toEqual([0, 1])
  held[1]?.finish()
  await results[1]
  await new Promise(setImmediate)
  expect(begun).toEqual([0, 1, 2])
  // The place was handed over, not doubled: whoever comes now waits behind the fourth.
  const late = bounded(async () => void begun.push(4))
  expect(begun).toEqual([0, 1, 2])
  for (const { finish } of held) finish()
  expect(await Promise.all(results)).toEqual(['done', 'done', 'done', 'done'])
  await late
  expect(begun).toEqual([0, 1, 2, 3, 4])
})

test('what finds the queue full is refused at once, and told when to come again', async () => {
  const bounded = createSemaphore({ atOnce: 1, waiting: 1 })
  const held = heldWork()
  const running = [bounded(held.work), bounded(held.work)]
  await expect(bounded(held.work)).rejects.toMatchObject({ code: 'RATE_LIMITED', extensions: { retryAfterSeconds: 2 } })
  held.finish()
  await Promise.all(running)
  await expect(bounded(async () => 'again')).resolves.toBe('again')
})

test('work that fails gives its place free', async () => {
  const bounded = createSemaphore({ atOnce: 1, waiting: 0 })
  await expect(bounded(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(bounded(async () => 'next')).resolves.toBe('next')
})
