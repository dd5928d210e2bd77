import { expect, test } from 'vitest'
import { createSemaphore } from './semaphore.ts'

/** Work that runs until released. */
function blockedTask() {
  const { promise, resolve } = Promise.withResolvers<string>()
  return { work: () => promise, finish: () => resolve('done') }
}

test('runs a limited number of tasks at once, and queued tasks in order', async () => {
  const bounded = createSemaphore({ maxConcurrent: 2, maxQueued: 10 })
  const started: number[] = []
  const tasks = [0, 1, 2, 3].map(() => blockedTask())
  const results = tasks.map(({ work }, index) =>
    bounded(() => {
      started.push(index)
      return work()
    }),
  )
  await Promise.resolve()
  expect(started).toEqual([0, 1])
  tasks[1]?.finish()
  await results[1]
  await new Promise(setImmediate)
  expect(started).toEqual([0, 1, 2])
  // The slot was handed over, so a new task queues behind the fourth.
  const late = bounded(async () => void started.push(4))
  expect(started).toEqual([0, 1, 2])
  for (const { finish } of tasks) finish()
  expect(await Promise.all(results)).toEqual(['done', 'done', 'done', 'done'])
  await late
  expect(started).toEqual([0, 1, 2, 3, 4])
})

test('refuses work at once when the queue is full, and says when to retry', async () => {
  const bounded = createSemaphore({ maxConcurrent: 1, maxQueued: 1 })
  const tasks = blockedTask()
  const running = [bounded(tasks.work), bounded(tasks.work)]
  await expect(bounded(tasks.work)).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    extensions: { retryAfterSeconds: 2 },
  })
  tasks.finish()
  await Promise.all(running)
  await expect(bounded(async () => 'again')).resolves.toBe('again')
})

test('releases the slot of a task that fails', async () => {
  const bounded = createSemaphore({ maxConcurrent: 1, maxQueued: 0 })
  await expect(bounded(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(bounded(async () => 'next')).resolves.toBe('next')
})
