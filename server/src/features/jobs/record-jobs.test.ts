import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { statementsOf } from '../../../test/support/seen-statements.ts'
import { newId } from '../../platform/ids.ts'
import { defineJob, InvalidPayloadError } from '../../platform/jobs/job.ts'
import type { Queue } from '../../platform/jobs/queue.ts'
import { recordJobs } from './record-jobs.ts'

const reminder = defineJob({
  name: 'send-reminder',
  payload: z.strictObject({ bookingId: z.string() }),
  maxAttempts: 4,
  run: async () => ({}),
})
const sweep = defineJob({ name: 'sweep', payload: z.strictObject({}), maxAttempts: 1, run: async () => ({}) })

let fresh: FreshDatabase
let queue: Queue
let enqueued: unknown[]

beforeAll(async () => {
  fresh = await freshDatabase()
})

afterAll(() => fresh.close())

beforeEach(() => {
  enqueued = []
  const innerQueue: Queue = {
    isReady: () => true,
    requeue: async () => null,
    cancel: async () => undefined,
    enqueue: async (_tx, name, payload, options) => {
      enqueued.push({ name, payload, ...options })
      return options?.id ?? ''
    },
    enqueueAll: async (_tx, name, jobs) => {
      enqueued.push(...jobs.map((job) => ({ name, ...job })))
    },
  }
  queue = recordJobs(innerQueue, { newId }, [reminder, sweep])
})

describe('recordJobs', () => {
  test('creates a row for each job that users see, under the job’s own ID', async () => {
    const bookingId = newId()
    const startAfter = new Date('2026-08-04T08:00:00Z')
    const id = await fresh.database.$transaction((tx) =>
      queue.enqueue(tx, 'send-reminder', { bookingId }, { startAfter }),
    )
    expect(enqueued).toEqual([{ name: 'send-reminder', payload: { bookingId }, id, startAfter }])
    expect(await fresh.database.workerJob.findUniqueOrThrow({ where: { id } })).toMatchObject({
      jobType: 'sendReminder',
      status: 'pending',
      payload: { bookingId },
      attempts: 0,
      maxAttempts: 4,
      scheduledFor: startAfter,
      startedAt: null,
    })
  })

  test('creates the rows of several jobs in one statement, under their own IDs', async () => {
    const jobs = [{ payload: { bookingId: newId() } }, { payload: { bookingId: newId() } }]
    const statements = await statementsOf(() =>
      fresh.database.$transaction((tx) => queue.enqueueAll(tx, 'send-reminder', jobs)),
    )
    expect(statements).toHaveLength(1)
    const rows = await fresh.database.workerJob.findMany({
      where: { OR: jobs.map(({ payload }) => ({ payload: { equals: payload } })) },
      select: { id: true, jobType: true, status: true, payload: true, maxAttempts: true, scheduledFor: true },
      orderBy: { id: 'asc' },
    })
    const expected = { jobType: 'sendReminder', status: 'pending', maxAttempts: 4, scheduledFor: null }
    expect(rows).toEqual(jobs.map(({ payload }) => ({ ...expected, payload, id: expect.any(String) })))
    expect(enqueued).toEqual(rows.map(({ id, payload }) => ({ name: 'send-reminder', id, payload })))
  })

  test('is rolled back with the transaction', async () => {
    const before = await fresh.database.workerJob.count()
    const rolledBack = fresh.database.$transaction(async (tx) => {
      await queue.enqueue(tx, 'send-reminder', { bookingId: newId() })
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    expect(await fresh.database.workerJob.count()).toBe(before)
  })

  test('rejects a payload with free text, an unknown field and an unknown job', async () => {
    const enqueue = (name: string, payload: Record<string, string>) =>
      fresh.database.$transaction((tx) => queue.enqueue(tx, name, payload))
    await expect(enqueue('send-reminder', { bookingId: 'Maria lost her mother' })).rejects.toBeInstanceOf(
      InvalidPayloadError,
    )
    await expect(enqueue('send-reminder', { bookingId: newId(), note: 'x' })).rejects.toBeInstanceOf(
      InvalidPayloadError,
    )
    await expect(enqueue('no-such-job', {})).rejects.toThrow('no-such-job')
    expect(enqueued).toEqual([])
  })

  test('creates no row for internal maintenance', async () => {
    const before = await fresh.database.workerJob.count()
    await fresh.database.$transaction((tx) => queue.enqueue(tx, 'sweep', {}))
    expect(enqueued).toHaveLength(1)
    expect(await fresh.database.workerJob.count()).toBe(before)
  })
})
