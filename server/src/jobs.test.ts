import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../test/support/database.ts'
import { addBooking, addPerson, createTestAccess, openTestVault, testEnv } from '../test/support/parish.ts'
import type { PersonViewer } from './core/access/viewer.ts'
import { type JobDeps, openJobQueue, schedule, startWorkers, type Workers } from './jobs.ts'
import { systemClock } from './platform/clock.ts'
import { newId } from './platform/ids.ts'
import type { WorkingQueue } from './platform/jobs/queue.ts'

const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

let fresh: FreshDatabase
let deps: Omit<JobDeps, 'queue'>
let sender: WorkingQueue
let pastor: PersonViewer
const open: Workers[] = []

beforeAll(async () => {
  fresh = await freshDatabase()
  const vault = await openTestVault(fresh.database)
  deps = {
    ...createTestAccess(fresh.database),
    database: fresh.database,
    vault,
    newId,
    clock: systemClock,
    log,
    env: testEnv,
  }
  pastor = await addPerson(fresh.database, 'pastor')
})

beforeEach(async () => {
  sender = await openJobQueue({ url: fresh.url, log, runsJobs: false, newId })
})

afterEach(async () => {
  for (const workers of open.splice(0)) await workers.stop()
  await sender.stop()
})

afterAll(() => fresh.close())

async function work(): Promise<Workers> {
  const queue = await openJobQueue({ url: fresh.url, log, runsJobs: true, newId, superviseSeconds: 1 })
  const workers = await startWorkers({ ...deps, queue })
  open.push(workers)
  return workers
}

const enqueue = (bookingId: string) =>
  fresh.database.$transaction((tx) => sender.enqueue(tx, 'generate-summary', { bookingId }))

const recordOf = (id: string) => fresh.database.workerJob.findUniqueOrThrow({ where: { id } })
const until = (claim: () => void | Promise<void>) => vi.waitFor(claim, { timeout: 18_000, interval: 25 })
const untilCompleted = (id: string) =>
  until(async () => expect(await recordOf(id)).toMatchObject({ status: 'completed' }))

describe('the workers', () => {
  test('write the summary of a booking whose transaction enqueued it, and keep its record', async () => {
    const workers = await work()
    expect(workers.isReady()).toBe(true)
    const bookingId = await addBooking(deps, pastor)
    const id = await enqueue(bookingId)
    await untilCompleted(id)
    expect(await recordOf(id)).toMatchObject({ attempts: 1, result: { outcome: 'written' }, payload: { bookingId } })
    expect(await fresh.database.contextSummary.findMany({ where: { bookingId } })).toMatchObject([{ id }])
    expect(await fresh.database.$queryRaw`SELECT state::text FROM pgboss.job WHERE id = ${id}::uuid`).toEqual([
      { state: 'completed' },
    ])
  })

  test('finish a job that another worker started before it was killed', async () => {
    const bookingId = await addBooking(deps, pastor)
    const id = await enqueue(bookingId)
    await killWhileWorking()
    expect(await recordOf(id)).toMatchObject({ status: 'processing', attempts: 1 })

    // The heartbeat timeout of a dead worker is 15 s. The clock is PostgreSQL's, so the test backdates the heartbeat
    // instead.
    await fresh.database
      .$executeRaw`UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 minute' WHERE id = ${id}::uuid`
    await fresh.database.$executeRaw`UPDATE pgboss.job SET retry_delay = 1 WHERE id = ${id}::uuid`
    await work()
    await untilCompleted(id)
    expect(await recordOf(id)).toMatchObject({ attempts: 2 })
    expect(await fresh.database.contextSummary.count({ where: { bookingId } })).toBe(1)
  })

  test('record a job that is killed repeatedly as LOST', async () => {
    const id = await enqueue(await addBooking(deps, pastor))
    await fresh.database.$executeRaw`UPDATE pgboss.job SET retry_limit = 0 WHERE id = ${id}::uuid`
    await killWhileWorking()
    await fresh.database
      .$executeRaw`UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 minute' WHERE id = ${id}::uuid`
    await work()
    await until(async () => expect(await recordOf(id)).toMatchObject({ status: 'failed', error: 'LOST' }))
  })

  test('run each of many jobs once, across two nodes', async () => {
    await Promise.all([work(), work()])
    const bookings = await Promise.all(Array.from({ length: 30 }, () => addBooking(deps, pastor)))
    const ids = await Promise.all(bookings.map(enqueue))
    await Promise.all(ids.map(untilCompleted))
    const bookingId = { in: bookings }
    expect(await fresh.database.contextSummary.count({ where: { bookingId } })).toBe(30)
    expect(await fresh.database.bookingChange.count({ where: { bookingId } })).toBe(30)
    expect(await fresh.database.workerJob.count({ where: { id: { in: ids }, attempts: 1 } })).toBe(30)
  })

  test('keep the schedule', async () => {
    await work()
    const scheduled = await fresh.database.$queryRaw`SELECT name AS job, cron FROM pgboss.schedule ORDER BY name`
    expect(scheduled).toEqual(schedule.toSorted((one, other) => one.job.localeCompare(other.job)))
  })

  test('create the partitions of the coming months', async () => {
    await work()
    const [last] = await fresh.database.$queryRaw<{ name: string }[]>`
      SELECT month_partition_name('bookings', date_trunc('month', now() AT TIME ZONE 'UTC') + interval '3 months') AS name`
    await fresh.database.$executeRawUnsafe(`DROP TABLE ${last?.name}`)
    await fresh.database.$transaction((tx) => sender.enqueue(tx, 'make-partitions', {}))
    await until(async () =>
      expect(await fresh.database.$queryRaw`SELECT to_regclass(${last?.name}) IS NOT NULL AS there`).toEqual([
        { there: true },
      ]),
    )
  })
})

/** Starts a worker process that claims a job, and kills it once it has. */
async function killWhileWorking(): Promise<void> {
  const program = new URL('../test/support/hanging-worker.ts', import.meta.url).pathname
  const child: ChildProcess = spawn(process.execPath, [program, fresh.url], { stdio: ['ignore', 'pipe', 'inherit'] })
  const started = child.stdout ? once(child.stdout, 'data') : Promise.reject(new Error('The worker has no output.'))
  await started
  child.kill('SIGKILL')
  await once(child, 'exit')
}
