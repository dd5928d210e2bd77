import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startDatabaseProxy } from '../../../test/fakes/tcp-proxy.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { newId } from '../ids.ts'
import {
  createQueue,
  type LostJob,
  type QueuedJob,
  type QueueOptions,
  type QueueSpec,
  type WorkingQueue,
} from './queue.ts'

const spec: QueueSpec = { name: 'parish', maxAttempts: 3, retryDelaySeconds: 1, expireSeconds: 60, batchSize: 10 }
const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

let fresh: FreshDatabase
const open: WorkingQueue[] = []

beforeAll(async () => {
  fresh = await freshDatabase()
  await (await createQueue({ url: fresh.url, log, queues: [spec], runsJobs: false })).stop()
})

afterEach(async () => {
  for (const queue of open.splice(0)) await queue.stop()
  await fresh.database.$executeRaw`DELETE FROM pgboss.job`
})

afterAll(() => fresh.close())

async function openQueue(options: Partial<QueueOptions> = {}): Promise<WorkingQueue> {
  const queue = await createQueue({
    url: fresh.url,
    log,
    queues: [spec],
    runsJobs: true,
    superviseSeconds: 1,
    ...options,
  })
  open.push(queue)
  return queue
}

const enqueue = (queue: WorkingQueue, n: number, options = {}) =>
  fresh.database.$transaction((tx) => queue.enqueue(tx, 'parish', { n }, options))

const completed = (jobs: readonly QueuedJob[]) => jobs.map(({ id }) => ({ id, status: 'completed' as const }))

const statesOf = () =>
  fresh.database.$queryRaw<{ name: string; state: string }[]>`SELECT name, state::text FROM pgboss.job`

const stateOf = async (id: string) => {
  const [job] = await fresh.database.$queryRaw<{ state: string }[]>`
    SELECT state::text FROM pgboss.job WHERE id = ${id}::uuid AND name = 'parish'`
  return job?.state
}

const putBack = (queue: WorkingQueue, id: string, name = 'parish') =>
  fresh.database.$transaction((tx) => queue.requeue(tx, name, id, { n: 9 }))

const until = (claim: () => void | Promise<void>) => vi.waitFor(claim, { timeout: 18_000, interval: 20 })

describe('createQueue', () => {
  test('installs its schema once, however many nodes start at once', async () => {
    const another = await freshDatabase()
    const options = { url: another.url, log, queues: [spec], runsJobs: true }
    const queues = await Promise.all([
      createQueue(options),
      createQueue(options),
      createQueue({ ...options, runsJobs: false }),
    ])
    expect(queues.map((queue) => queue.isReady())).toEqual([true, true, true])
    for (const queue of queues) await queue.stop()
    expect(queues.map((queue) => queue.isReady())).toEqual([false, false, false])
    await another.close()
  })

  test('a job exists, under its own id, once its transaction commits, and not if it rolls back', async () => {
    const queue = await openQueue({ runsJobs: false })
    const id = newId()
    expect(await enqueue(queue, 1, { id })).toBe(id)
    const rolledBack = fresh.database.$transaction(async (tx) => {
      await queue.enqueue(tx, 'parish', { n: 2 })
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    const jobs = await fresh.database.$queryRaw`SELECT id::text, data FROM pgboss.job WHERE name = 'parish'`
    expect(jobs).toEqual([{ id, data: { n: 1 } }])
  })

  test('a node that only sends leaves the work to a worker', async () => {
    const sender = await openQueue({ runsJobs: false })
    await enqueue(sender, 1)
    const worker = await openQueue()
    const worked: unknown[] = []
    await worker.work('parish', async (jobs) => {
      worked.push(...jobs.map(({ payload }) => payload))
      return completed(jobs)
    })
    await enqueue(sender, 2)
    // A batch has no order.
    await until(() => expect(new Set(worked)).toEqual(new Set([{ n: 1 }, { n: 2 }])))
  })

  test('hands out queued jobs in batches, and each job to one worker', async () => {
    const [first, second] = [await openQueue(), await openQueue()]
    for (let n = 0; n < 50; n += 1) await enqueue(first, n)
    const batches: number[] = []
    const worked: unknown[] = []
    for (const queue of [first, second]) {
      await queue.work('parish', async (jobs) => {
        batches.push(jobs.length)
        worked.push(...jobs.map(({ payload }) => (payload as { n: number }).n)) // enqueued above
        return completed(jobs)
      })
    }
    await until(() => expect(worked).toHaveLength(50))
    expect(new Set(worked).size).toBe(50)
    expect(Math.max(...batches)).toBe(10)
  })

  test('retries a failed job, alone, until its attempts are used up; then reports it as lost', async () => {
    const queue = await openQueue()
    const attempts: Record<string, number[]> = {}
    const lost: LostJob[] = []
    const good = await enqueue(queue, 1)
    const poison = await enqueue(queue, 2)
    await queue.onJobLost(async (jobs) => void lost.push(...jobs))
    await queue.work('parish', async (jobs) =>
      jobs.map(({ id, attempt, isLastAttempt }) => {
        attempts[id] = [...(attempts[id] ?? []), attempt]
        if (id === good) return { id, status: 'completed' as const }
        return { id, status: isLastAttempt ? ('failed_for_good' as const) : ('failed' as const) }
      }),
    )
    await until(() => expect(lost).toEqual([{ id: poison, attempt: 3 }]))
    expect(attempts).toEqual({ [good]: [1], [poison]: [1, 2, 3] })
  })

  test('does not retry a permanent failure', async () => {
    const queue = await openQueue()
    const lost: string[] = []
    let attempts = 0
    const id = await enqueue(queue, 1)
    await queue.onJobLost(async (jobs) => void lost.push(...jobs.map(({ id }) => id)))
    await queue.work('parish', async (jobs) => {
      attempts += jobs.length
      return jobs.map((job) => ({ id: job.id, status: 'failed_for_good' as const }))
    })
    await until(() => expect(lost).toEqual([id]))
    expect(attempts).toBe(1)
  })

  test('gives a permanently failed job one more attempt when it is requeued', async () => {
    const queue = await openQueue()
    const attempts: number[] = []
    const id = await enqueue(queue, 1)
    await queue.work('parish', async (jobs) => {
      attempts.push(...jobs.map(({ attempt }) => attempt))
      return jobs.map((job) => ({ id: job.id, status: job.attempt === 1 ? 'failed_for_good' : 'completed' }))
    })
    await until(async () => expect(await stateOf(id)).toBe('failed'))
    expect(await putBack(queue, id)).toBe(4)
    await until(async () => expect(await stateOf(id)).toBe('completed'))
    expect(attempts).toEqual([1, 2])
  })

  test('starts over a job it no longer knows, or that is completed only in the queue', async () => {
    const queue = await openQueue({ runsJobs: false })
    const unknown = newId()
    expect(await putBack(queue, unknown)).toBe(3)
    expect(await stateOf(unknown)).toBe('created')
    await fresh.database.$executeRaw`UPDATE pgboss.job SET state = 'completed', completed_on = now()`
    expect(await putBack(queue, unknown)).toBe(3)
    expect(await stateOf(unknown)).toBe('created')
  })

  test('gives no worker a cancelled job until it is requeued, and then not before its start time', async () => {
    const queue = await openQueue({ runsJobs: false })
    const [now, later] = [newId(), newId()]
    await enqueue(queue, 1, { id: now })
    await enqueue(queue, 2, { id: later, startAfter: new Date(Date.now() + 3_600_000) })
    for (const id of [now, later]) {
      await fresh.database.$transaction((tx) => queue.cancel(tx, 'parish', id))
      expect(await stateOf(id)).toBe('cancelled')
    }
    const worked: string[] = []
    const worker = await openQueue()
    await worker.work('parish', async (jobs) => {
      worked.push(...jobs.map(({ id }) => id))
      return completed(jobs)
    })
    const another = await enqueue(queue, 3)
    await until(() => expect(worked).toEqual([another]))
    for (const id of [now, later]) expect(await putBack(queue, id)).toBe(3)
    await until(() => expect(worked).toEqual([another, now]))
    expect(await stateOf(later)).toBe('created')
  })

  test('requeues and cancels only if the transaction commits', async () => {
    const queue = await openQueue({ runsJobs: false })
    const id = await enqueue(queue, 1)
    const rolledBack = fresh.database.$transaction(async (tx) => {
      await queue.cancel(tx, 'parish', id)
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    expect(await stateOf(id)).toBe('created')
  })

  test('knows only its own queues', async () => {
    const queue = await openQueue({ runsJobs: false })
    expect(await putBack(queue, newId(), 'another')).toBeNull()
  })

  test('delays a job until its start time', async () => {
    const queue = await openQueue()
    const worked: unknown[] = []
    await queue.work('parish', async (jobs) => {
      worked.push(...jobs.map(({ payload }) => payload))
      return completed(jobs)
    })
    await enqueue(queue, 1, { startAfter: new Date(Date.now() + 3_600_000) })
    await enqueue(queue, 2)
    await until(() => expect(worked).toEqual([{ n: 2 }]))
  })

  test('stop lets the running job finish and starts no other', async () => {
    const queue = await openQueue()
    const { promise: finish, resolve } = Promise.withResolvers<void>()
    let started = 0
    await enqueue(queue, 1)
    await queue.work('parish', async (jobs) => {
      started += jobs.length
      await finish
      return completed(jobs)
    })
    await until(() => expect(started).toBe(1))
    const stopped = queue.stop()
    await enqueue(await openQueue({ runsJobs: false }), 2)
    setTimeout(resolve, 200)
    await stopped
    expect(started).toBe(1)
    expect((await statesOf()).map(({ state }) => state).sort()).toEqual(['completed', 'created'])
  })

  test('reconnects after its connections are terminated', async () => {
    const queue = await openQueue()
    const worked: unknown[] = []
    await queue.work('parish', async (jobs) => {
      worked.push(...jobs.map(({ payload }) => payload))
      return completed(jobs)
    })
    await asSuperuser((client) =>
      client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'churchhub-queue'`),
    )
    await enqueue(queue, 1)
    await until(() => expect(worked).toEqual([{ n: 1 }]))
    await until(() => expect(queue.isReady()).toBe(true))
  })

  test('continues and stops after its connections went silent', async () => {
    const { proxy, url } = await startDatabaseProxy(fresh.url)
    try {
      const queue = await openQueue({ url, queryTimeoutMs: 500 })
      const worked: unknown[] = []
      await queue.work('parish', async (jobs) => {
        worked.push(...jobs.map(({ payload }) => payload))
        return completed(jobs)
      })
      await enqueue(queue, 1)
      await until(() => expect(worked).toEqual([{ n: 1 }]))
      proxy.sever()
      await enqueue(queue, 2)
      await until(() => expect(worked).toEqual([{ n: 1 }, { n: 2 }]))
      await until(() => expect(queue.isReady()).toBe(true))
      proxy.sever()
      await queue.stop()
    } finally {
      proxy.close()
    }
  })

  test('keeps exactly the schedule it is given', async () => {
    const queue = await openQueue()
    const schedules = () => fresh.database.$queryRaw`SELECT name, cron, timezone FROM pgboss.schedule`
    await queue.setSchedule([{ name: 'parish', cron: '1 3 * * *' }])
    await queue.setSchedule([{ name: 'parish', cron: '2 3 * * *' }])
    expect(await schedules()).toEqual([{ name: 'parish', cron: '2 3 * * *', timezone: 'UTC' }])
    await queue.setSchedule([])
    expect(await schedules()).toEqual([])
  })
})
