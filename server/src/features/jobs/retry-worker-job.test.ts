import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addPerson, testOrigin } from '../../../test/support/parish.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import { systemClock } from '../../platform/clock.ts'
import { ConflictError, ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { defineJob, type Job } from '../../platform/jobs/job.ts'
import { createQueue, JobHeldError, type Queue, type WorkingQueue } from '../../platform/jobs/queue.ts'
import { cancelWorkerJob } from './cancel-worker-job.ts'
import { JobEndedError, JobNotFailedError, JobRunsError, JobUnknownError } from './errors.ts'
import { failLostJobs } from './fail-lost-jobs.ts'
import { recordJobs } from './record-jobs.ts'
import { retryWorkerJob } from './retry-worker-job.ts'
import { type RunJobsDeps, runJobs } from './run-jobs.ts'

const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

let fresh: FreshDatabase
let admin: Viewer
let pastor: Viewer
/** What the job does when it runs. */
let handle: (id: string) => Promise<void>
const ran: string[] = []
const open: WorkingQueue[] = []

const reminder: Job<RunJobsDeps> = defineJob({
  name: 'send-reminder',
  payload: z.strictObject({ bookingId: z.uuid() }),
  maxAttempts: 1,
  run: async (_deps: RunJobsDeps, _payload, { jobId }) => {
    ran.push(jobId)
    await handle(jobId)
    return { outcome: 'sent' }
  },
})

beforeAll(async () => {
  fresh = await freshDatabase()
  admin = await addPerson(fresh.database, 'admin')
  pastor = await addPerson(fresh.database, 'pastor')
})
afterEach(async () => {
  for (const queue of open.splice(0)) await queue.stop()
  ran.length = 0
  handle = async () => undefined
  await fresh.database.$executeRaw`TRUNCATE worker_jobs, pgboss.job`
})
afterAll(() => fresh.close())

const deps = () => ({ database: fresh.database, clock: systemClock, log })

async function openQueue(runsJobs = false): Promise<WorkingQueue> {
  const innerQueue = await createQueue({ url: fresh.url, log, queues: [reminder], runsJobs, superviseSeconds: 1 })
  const queue = recordJobs(innerQueue, { newId }, [reminder])
  open.push(queue)
  return queue
}

async function openWorker(): Promise<WorkingQueue> {
  const queue = await openQueue(true)
  await queue.work('send-reminder', (batch) => runJobs(deps(), reminder, batch))
  return queue
}

const enqueue = (queue: Queue, options = {}) =>
  fresh.database.$transaction((tx) => queue.enqueue(tx, 'send-reminder', { bookingId: newId() }, options))
const retryNow = (queue: Pick<Queue, 'requeue'>, id: string, viewer = admin) =>
  retryWorkerJob({ ...deps(), queue }, viewer, testOrigin, id)
/** Retries until the worker has released the job: the record shows the failure shortly before the queue does. */
async function retry(queue: Pick<Queue, 'requeue'>, id: string, viewer = admin): Promise<void> {
  for (;;) {
    try {
      return await retryNow(queue, id, viewer)
    } catch (error) {
      if (!(error instanceof JobHeldError)) throw error
      await delay(20)
    }
  }
}
const cancel = (queue: Pick<Queue, 'cancel'>, id: string, viewer = admin) =>
  cancelWorkerJob({ ...deps(), queue }, viewer, testOrigin, id)
const recordOf = (id: string) => fresh.database.workerJob.findUniqueOrThrow({ where: { id } })
const entriesAbout = (resourceId: string) =>
  fresh.database.auditLog.findMany({ where: { resourceId }, orderBy: { id: 'asc' } })
const until = (claim: () => void | Promise<void>) => vi.waitFor(claim, { timeout: 18_000, interval: 20 })
const untilStatus = (id: string, status: string) =>
  until(async () => expect(await recordOf(id)).toMatchObject({ status }))

const failing = async () => {
  throw new ConflictError('not now')
}

test('a failed job runs once more, and its record is updated', async () => {
  handle = failing
  const queue = await openWorker()
  const id = await enqueue(queue)
  await untilStatus(id, 'failed')
  handle = async () => undefined
  await retry(queue, id)
  await untilStatus(id, 'completed')
  expect(await recordOf(id)).toMatchObject({ attempts: 2, maxAttempts: 2, error: null, result: { outcome: 'sent' } })
  expect(ran).toEqual([id, id])
  expect(await entriesAbout(id)).toMatchObject([
    {
      action: 'job.retried',
      resource: 'worker_job',
      userId: admin.userId,
      ipAddress: testOrigin.ipAddress,
      metadata: { jobType: 'send-reminder' },
    },
  ])
})

// Fails without JobHeldError: the worker's report ended the retried job, and its record stayed pending forever.
test('a job that its worker still holds can’t be retried yet, and its record is unchanged', async () => {
  handle = failing
  const queue = await openWorker()
  const id = await enqueue(queue)
  await untilStatus(id, 'failed')
  await queue.stop()
  await fresh.database.$executeRaw`UPDATE pgboss.job SET state = 'active' WHERE id = ${id}::uuid`
  await expect(retryNow(await openQueue(), id)).rejects.toBeInstanceOf(JobHeldError)
  expect(await recordOf(id)).toMatchObject({ status: 'failed' })
  expect(await entriesAbout(id)).toEqual([])
})

test('a retried job is pending as if it had never failed, until it runs', async () => {
  handle = failing
  const queue = await openWorker()
  const id = await enqueue(queue)
  await untilStatus(id, 'failed')
  await queue.stop()
  await retry(await openQueue(), id)
  expect(await recordOf(id)).toMatchObject({
    status: 'pending',
    error: null,
    result: null,
    startedAt: null,
    completedAt: null,
    attempts: 1,
    maxAttempts: 2,
  })
})

// Fails if the report about the first failure applies to any job with the same ID: the retry ended as LOST without running.
test('a job that is retried before the queue has reported its failure is not treated as lost', async () => {
  handle = failing
  const queue = await openWorker()
  const id = await enqueue(queue)
  await untilStatus(id, 'failed')
  await queue.stop()
  const sender = await openQueue()
  await retry(sender, id)
  const lost: string[] = []
  const supervisor = await openQueue(true)
  await supervisor.onJobLost(async (jobs) => {
    await failLostJobs(deps(), jobs)
    lost.push(...jobs.map((job) => job.id))
  })
  await until(() => expect(lost).toEqual([id]))
  expect(await recordOf(id)).toMatchObject({ status: 'pending' })
  handle = async () => undefined
  await openWorker()
  await untilStatus(id, 'completed')
})

test('a job that the queue has deleted is enqueued again', async () => {
  handle = failing
  const queue = await openWorker()
  const id = await enqueue(queue)
  await untilStatus(id, 'failed')
  // The record is written before the queue's row, which pg-boss deletes and inserts again.
  await until(async () => {
    const states = await fresh.database.$queryRaw`SELECT state::text FROM pgboss.job WHERE id = ${id}::uuid`
    expect(states).toEqual([{ state: 'failed' }])
  })
  await fresh.database.$executeRaw`DELETE FROM pgboss.job`
  handle = async () => undefined
  await retry(queue, id)
  await untilStatus(id, 'completed')
  expect(await recordOf(id)).toMatchObject({ attempts: 1, maxAttempts: 1 })
})

test('a retry that fails midway leaves job and record unchanged', async () => {
  handle = failing
  const queue = await openWorker()
  const id = await enqueue(queue)
  await untilStatus(id, 'failed')
  const before = await recordOf(id)
  const breaking: Pick<Queue, 'requeue'> = {
    requeue: async (...args) => {
      await queue.requeue(...args)
      throw new Error('the line broke')
    },
  }
  await expect(retry(breaking, id)).rejects.toThrow('the line broke')
  expect(await recordOf(id)).toEqual(before)
  expect(await entriesAbout(id)).toEqual([])
  const [job] = await fresh.database.$queryRaw<{ state: string }[]>`
    SELECT state::text FROM pgboss.job WHERE id = ${id}::uuid AND name = 'send-reminder'`
  expect(job).toEqual({ state: 'failed' })
})

test('only failed jobs can be retried', async () => {
  const queue = await openQueue()
  const id = await enqueue(queue)
  for (const status of ['pending', 'processing', 'completed'] as const) {
    await fresh.database.workerJob.update({ where: { id }, data: { status } })
    await expect(retry(queue, id)).rejects.toBeInstanceOf(JobNotFailedError)
  }
})

test('a job type that the server no longer supports can’t be retried', async () => {
  const id = newId()
  await fresh.database.workerJob.create({ data: { id, jobType: 'jitValidate', status: 'failed', payload: {} } })
  await expect(retry(await openQueue(), id)).rejects.toBeInstanceOf(JobUnknownError)
  expect(await recordOf(id)).toMatchObject({ status: 'failed' })
})

test('a pending job is cancelled and doesn’t run until it is retried', async () => {
  const sender = await openQueue()
  const id = await enqueue(sender)
  await cancel(sender, id)
  expect(await recordOf(id)).toMatchObject({ status: 'failed', error: 'CANCELLED', attempts: 0 })
  const worker = await openWorker()
  const another = await enqueue(worker)
  await untilStatus(another, 'completed')
  expect(ran).toEqual([another])
  expect(await entriesAbout(id)).toMatchObject([{ action: 'job.cancelled', metadata: { jobType: 'send-reminder' } }])
  await retry(worker, id)
  await untilStatus(id, 'completed')
  expect(ran).toEqual([another, id])
})

test('a job that a worker has fetched but not started doesn’t run once it is cancelled', async () => {
  const queue = await openQueue()
  const id = await enqueue(queue)
  const fetched = { id, payload: { bookingId: newId() }, attempt: 1, maxAttempts: 1, isLastAttempt: true }
  await cancel(queue, id)
  await runJobs(deps(), reminder, [{ ...fetched, signal: new AbortController().signal }])
  expect(ran).toEqual([])
  expect(await recordOf(id)).toMatchObject({ status: 'failed', error: 'CANCELLED' })
})

test('a running or ended job can’t be cancelled', async () => {
  const started = Promise.withResolvers<void>()
  const mayEnd = Promise.withResolvers<void>()
  handle = async () => {
    started.resolve()
    await mayEnd.promise
  }
  const queue = await openWorker()
  const id = await enqueue(queue)
  await started.promise
  await expect(cancel(queue, id)).rejects.toBeInstanceOf(JobRunsError)
  mayEnd.resolve()
  await untilStatus(id, 'completed')
  await expect(cancel(queue, id)).rejects.toBeInstanceOf(JobEndedError)
  expect(await entriesAbout(id)).toEqual([])
})

test('jobs cancelled while workers claim them are either run or cancelled', async () => {
  const sender = await openQueue()
  const ids = await Promise.all(Array.from({ length: 40 }, () => enqueue(sender)))
  const cancelling = Promise.allSettled(ids.map((id) => cancel(sender, id)))
  await openWorker()
  const cancelled = (await cancelling).flatMap(({ status }, at) => (status === 'fulfilled' ? [ids[at]] : []))
  await until(async () => {
    expect(await fresh.database.workerJob.count({ where: { status: { in: ['pending', 'processing'] } } })).toBe(0)
  })
  expect(new Set([...cancelled, ...ran])).toEqual(new Set(ids))
  expect(cancelled.length + ran.length).toBe(ids.length)
})

test('retrying and cancelling need an admin and an existing job', async () => {
  const queue = await openQueue()
  const id = await enqueue(queue)
  for (const act of [retry, cancel]) {
    await expect(act(queue, id, pastor)).rejects.toBeInstanceOf(ForbiddenError)
    await expect(act(queue, newId())).rejects.toBeInstanceOf(NotFoundError)
    await expect(act(queue, 'x')).rejects.toBeInstanceOf(NotFoundError)
  }
})
