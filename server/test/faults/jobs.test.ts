import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seededRandom } from '../../src/commands/simulate/people.ts'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { type JobWorkers, startJobWorkers } from './support/job-workers.ts'
import type { TracedJobSettings } from './support/traced-job.ts'
import { atOnce } from './support/traffic.ts'

const kills = 50
const seed = 20_261_122
const hour = 3_600_000

let postgres: BreakablePostgres

beforeAll(async () => {
  postgres = await startBreakablePostgres()
})
afterAll(() => postgres.stop())

async function withJobWorkers(
  name: string,
  settings: TracedJobSettings,
  work: (jobWorkers: JobWorkers) => Promise<void>,
): Promise<void> {
  const jobWorkers = await startJobWorkers(postgres, name, settings)
  try {
    await work(jobWorkers)
  } finally {
    await jobWorkers.close()
  }
}

const completedOnce = (jobs: number) => [{ status: 'completed', error: null, jobs, effects: 1, endings: 1 }]

/** Waits until neither the records nor the queue have anything left to do. Returns the number of seconds. */
async function allEnded(jobWorkers: JobWorkers, seconds: number): Promise<number> {
  const startedAt = performance.now()
  const open = () => jobWorkers.database.workerJob.count({ where: { status: { in: ['pending', 'processing'] } } })
  const waits = { timeout: seconds * 1_000, interval: 100 }
  await expect.poll(open, waits).toBe(0)
  await expect.poll(() => jobWorkers.openInQueue(), waits).toBe(0)
  return (performance.now() - startedAt) / 1_000
}

// Fails without the check of a record's status before a rerun (recordStart's WHERE): 24 jobs ended twice.
it(`100 jobs, workers killed -9 ${kills} times: each ends once, with one effect, within 60 s`, async () => {
  await withJobWorkers('killed', { batchSize: 2, maxAttempts: 10, lingerMs: 100 }, async (jobWorkers) => {
    const ids = await jobWorkers.enqueue(100, { milliseconds: 300 })
    const chance = seededRandom(seed)
    let left = kills
    const lane = async () => {
      while (left-- > 0) {
        const worker = jobWorkers.start()
        await worker.isWorking
        await wait(chance() * 600)
        await worker.end('SIGKILL')
      }
    }
    await Promise.all([lane(), lane(), lane(), lane()])
    const endedBefore = await jobWorkers.count('endings')
    for (let worker = 0; worker < 4; worker++) jobWorkers.start()
    const seconds = await allEnded(jobWorkers, 60)

    const runs = await jobWorkers.runs()
    const most = Math.max(...runs.map(({ attempt }) => attempt))
    console.info(
      `${runs.length} runs, ${most} attempts at most; ${100 - endedBefore} jobs open at the last kill, done after ${seconds.toFixed(1)} s`,
    )
    // The kills hit running work, and left some to do.
    expect(new Set(runs.map(({ pid }) => pid)).size).toBeGreaterThanOrEqual(kills)
    expect(runs.length).toBeGreaterThan(100)
    expect(endedBefore).toBeLessThan(100)
    expect(await jobWorkers.ends(ids)).toEqual(completedOnce(100))
  })
  // Fifty processes are started, four at a time.
}, 480_000)

// Fails if every runner of a batch runs all of its jobs: 4,000 effects.
it('8 worker processes and 1,000 jobs: none runs twice', async () => {
  await withJobWorkers('many', { batchSize: 20, maxAttempts: 5 }, async (jobWorkers) => {
    const workers = Array.from({ length: 8 }, () => jobWorkers.start())
    await Promise.all(workers.map(({ isReady }) => isReady))
    const startedAt = performance.now()
    const ids: string[] = []
    // In transactions that are short even on a busy machine.
    const parts = Array.from({ length: 40 }, () => 25)
    await atOnce(4, parts, async (count) => void ids.push(...(await jobWorkers.enqueue(count, { milliseconds: 20 }))))
    await allEnded(jobWorkers, 60)
    const seconds = (performance.now() - startedAt) / 1_000
    const runs = await jobWorkers.runs()
    const pids = new Set(runs.map(({ pid }) => pid)).size
    console.info(`1,000 jobs by ${pids} processes in ${seconds.toFixed(1)} s, enqueued and done`)
    expect(pids).toBeGreaterThan(4)
    expect(runs).toHaveLength(1_000)
    expect(new Set(runs.map(({ jobId }) => jobId))).toEqual(new Set(ids))
    expect(await jobWorkers.ends(ids)).toEqual(completedOnce(1_000))
    expect(await jobWorkers.database.workerJob.count({ where: { attempts: 1 } })).toBe(1_000)
  })
})

// Fails if the wrapper lets a job's error through: the whole batch failed with it.
it('a poison job fails with its code, and the other jobs of its batch complete at their first attempt', async () => {
  await withJobWorkers('poison', { batchSize: 20, maxAttempts: 3 }, async (jobWorkers) => {
    const before = await jobWorkers.enqueue(9)
    const [poison = ''] = await jobWorkers.enqueue(1, { isPoison: true })
    const after = await jobWorkers.enqueue(9)
    jobWorkers.start()
    await allEnded(jobWorkers, 60)
    expect(await jobWorkers.database.workerJob.findUnique({ where: { id: poison } })).toMatchObject({
      status: 'failed',
      error: 'CONFLICT',
      attempts: 3,
      maxAttempts: 3,
    })
    expect((await jobWorkers.runs()).filter(({ jobId }) => jobId === poison)).toHaveLength(3)
    const others = [...before, ...after]
    expect(await jobWorkers.ends(others)).toEqual(completedOnce(18))
    expect(await jobWorkers.database.workerJob.count({ where: { id: { in: others }, attempts: 1 } })).toBe(18)
  })
})

// Fails if the queue stops at once, without waiting for running jobs: four of the batch's eight never started.
it('a deploy by SIGTERM during a batch: running jobs finish, and nothing is lost or done twice', async () => {
  await withJobWorkers('deployed', { batchSize: 8, maxAttempts: 5 }, async (jobWorkers) => {
    const ids = await jobWorkers.enqueue(60, { milliseconds: 400 })
    const old = jobWorkers.start()
    await old.isWorking
    const startedAt = await jobWorkers.count('endings')
    const stopping = old.end('SIGTERM')
    const next = jobWorkers.start()
    expect(await stopping).toBe(0)
    await allEnded(jobWorkers, 60)
    const runs = await jobWorkers.runs()
    const byOld = runs.filter(({ pid }) => pid === old.pid).length
    // It finished its batch, four at a time, and claimed no other.
    expect([startedAt, byOld]).toEqual([0, 8])
    expect(runs.filter(({ pid }) => pid === next.pid)).toHaveLength(52)
    expect(await jobWorkers.ends(ids)).toEqual(completedOnce(60))
    expect(await jobWorkers.database.workerJob.count({ where: { attempts: 1 } })).toBe(60)
  })
})

// Fails if records take their times from the worker's clock.
it('worker clocks jump by hours: no job runs early, twice or never, and times are the database’s', async () => {
  await withJobWorkers('jumped', { batchSize: 4, maxAttempts: 5, superviseSeconds: 1 }, async (jobWorkers) => {
    const workers = [jobWorkers.start(), jobWorkers.start()]
    await Promise.all(workers.map(({ isReady }) => isReady))
    const jump = (milliseconds: number) => workers.forEach((worker) => void worker.jump(milliseconds))
    // Longer than the queue's heartbeat timeout: a clock jump doesn't make a worker look dead.
    const long = await jobWorkers.enqueue(1, { milliseconds: 18_000 })
    const short = await jobWorkers.enqueue(40, { milliseconds: 400 })
    const startAfter = new Date((await jobWorkers.databaseNow()).getTime() + 6_000)
    const later = await jobWorkers.enqueue(10, { startAfter })
    await expect.poll(() => jobWorkers.count('effects'), { timeout: 30_000 }).toBeGreaterThanOrEqual(4)
    jump(hour)
    await expect.poll(() => jobWorkers.count('effects'), { timeout: 30_000 }).toBeGreaterThanOrEqual(16)
    jump(-hour)
    await allEnded(jobWorkers, 60)

    const ids = [...long, ...short, ...later]
    expect(await jobWorkers.ends(ids)).toEqual(completedOnce(51))
    const runs = await jobWorkers.runs()
    expect(runs).toHaveLength(51)
    expect(runs.filter(({ jobId, at }) => later.includes(jobId) && at < startAfter)).toEqual([])
    const now = await jobWorkers.databaseNow()
    const records = await jobWorkers.database.workerJob.findMany()
    const disordered = records.filter(
      ({ createdAt, startedAt, completedAt }) =>
        startedAt === null ||
        completedAt === null ||
        startedAt < createdAt ||
        completedAt < startedAt ||
        completedAt > now,
    )
    expect(disordered).toEqual([])
  })
})
