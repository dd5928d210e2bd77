import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { ConflictError } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { defineJob, type IdsAndCodes, type Job } from '../../platform/jobs/job.ts'
import type { QueuedJob } from '../../platform/jobs/queue.ts'
import { type RunJobsDeps, runJobs } from './run-jobs.ts'

let fresh: FreshDatabase
let deps: RunJobsDeps
let ran: string[]
let logged: unknown[]

beforeAll(async () => {
  fresh = await freshDatabase()
})

afterAll(() => fresh.close())

beforeEach(() => {
  ran = []
  logged = []
  const log = { warn: (fields: unknown) => logged.push(fields), error: (fields: unknown) => logged.push(fields) }
  deps = { database: fresh.database, log }
})

function jobThat(run: (jobId: string) => Promise<IdsAndCodes>): Job<RunJobsDeps> {
  return defineJob({
    name: 'send-reminder',
    payload: z.strictObject({ bookingId: z.uuid() }),
    maxAttempts: 3,
    run: async (_deps: RunJobsDeps, _payload, { jobId }) => {
      ran.push(jobId)
      return run(jobId)
    },
  })
}

const succeeding = jobThat(async () => ({ outcome: 'sent' }))

function queued(overrides: Partial<QueuedJob> = {}): QueuedJob {
  const { attempt = 1, maxAttempts = 3 } = overrides
  const signal = new AbortController().signal
  const payload = { bookingId: newId() }
  return { id: newId(), payload, attempt, maxAttempts, isLastAttempt: attempt >= maxAttempts, signal, ...overrides }
}

const recordOf = (id: string) => fresh.database.workerJob.findUniqueOrThrow({ where: { id } })

describe('runJobs', () => {
  test('records a completed job: its attempt, its times and its result', async () => {
    const job = queued()
    expect(await runJobs(deps, succeeding, [job])).toEqual([{ id: job.id, status: 'completed' }])
    expect(await recordOf(job.id)).toMatchObject({
      status: 'completed',
      payload: job.payload,
      attempts: 1,
      maxAttempts: 3,
      result: { outcome: 'sent' },
      error: null,
      startedAt: expect.any(Date),
      completedAt: expect.any(Date),
    })
  })

  // Fails without `retryFailures`: the record stayed processing and blocked later operations.
  test('records how a job ended although its connection broke during the job', async () => {
    const job = queued()
    const locker = new Client({ connectionString: fresh.url })
    await locker.connect()
    const lockedAtItsEnd = jobThat(async (id) => {
      await locker.query('BEGIN')
      await locker.query('SELECT FROM worker_jobs WHERE id = $1 FOR UPDATE', [id])
      return {}
    })
    const running = runJobs(deps, lockedAtItsEnd, [job])
    await vi.waitFor(async () => {
      const { rowCount } = await locker.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))',
      )
      expect(rowCount).toBe(1)
    })
    await locker.query('COMMIT')
    await locker.end()
    expect(await running).toEqual([{ id: job.id, status: 'completed' }])
    expect(await recordOf(job.id)).toMatchObject({ status: 'completed', attempts: 1 })
  })

  // Fails without `retryFailures`: the job waited for its second attempt.
  test('continues in the same attempt after its connection broke', async () => {
    const job = queued()
    const breaking = jobThat(async () => {
      if (ran.length === 1) await fresh.database.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`
      return { outcome: 'sent' }
    })
    expect(await runJobs(deps, breaking, [job])).toEqual([{ id: job.id, status: 'completed' }])
    expect(ran).toHaveLength(2)
    expect(await recordOf(job.id)).toMatchObject({ status: 'completed', attempts: 1 })
  })

  test('shows a running job as processing', async () => {
    const job = queued()
    let statusDuring: string | undefined
    const readingJob = jobThat(async (id) => {
      statusDuring = (await recordOf(id)).status
      return {}
    })
    await runJobs(deps, readingJob, [job])
    expect(statusDuring).toBe('processing')
  })

  test('records a failure as its code: pending until the last attempt, then failed', async () => {
    const failing = jobThat(async () => {
      throw new ConflictError('Maria Santos said no.')
    })
    const first = queued()
    expect(await runJobs(deps, failing, [first])).toEqual([{ id: first.id, status: 'failed' }])
    expect(await recordOf(first.id)).toMatchObject({
      status: 'pending',
      error: 'CONFLICT',
      completedAt: null,
      attempts: 1,
    })

    const last = { ...first, attempt: 3, isLastAttempt: true }
    expect(await runJobs(deps, failing, [last])).toEqual([{ id: first.id, status: 'failed_for_good' }])
    expect(await recordOf(first.id)).toMatchObject({
      status: 'failed',
      error: 'CONFLICT',
      completedAt: expect.any(Date),
      attempts: 3,
    })
    expect(JSON.stringify(await recordOf(first.id))).not.toContain('Maria')
  })

  test('records an unexpected error as INTERNAL', async () => {
    const job = queued()
    const buggy = jobThat(async () => {
      throw new TypeError('x of undefined')
    })
    await runJobs(deps, buggy, [job])
    expect(await recordOf(job.id)).toMatchObject({ error: 'INTERNAL' })
    expect(logged).toMatchObject([{ job: 'send-reminder', jobId: job.id, code: 'INTERNAL' }])
  })

  test('runs the other jobs of a batch despite a poison job', async () => {
    const jobs = Array.from({ length: 9 }, () => queued({ attempt: 3 }))
    const poison = jobs[4]?.id
    const mixed = jobThat(async (id) => {
      if (id === poison) throw new Error('poison')
      return {}
    })
    const outcomes = await runJobs(deps, mixed, jobs)
    const failed = outcomes.filter(({ status }) => status !== 'completed')
    expect(outcomes).toHaveLength(9)
    expect(failed).toEqual([{ id: poison, status: 'failed_for_good' }])
  })

  test('fails permanently for a payload that doesn’t match the job, and doesn’t record it', async () => {
    const job = queued({ payload: { bookingId: 'Maria Santos lost her mother' } })
    expect(await runJobs(deps, succeeding, [job])).toEqual([{ id: job.id, status: 'failed_for_good' }])
    expect(await recordOf(job.id)).toMatchObject({ status: 'failed', error: 'INVALID_PAYLOAD', payload: {} })
    expect(ran).toEqual([])
  })

  test('rejects a result with anything other than IDs and codes', async () => {
    const job = queued()
    const leakingJob = jobThat(async () => ({ summary: 'Maria Santos lost her mother.' }))
    await runJobs(deps, leakingJob, [job])
    expect(await recordOf(job.id)).toMatchObject({ status: 'pending', result: null, error: 'INTERNAL' })
  })

  test('doesn’t rerun a job that its record shows as ended, but ends it in the queue', async () => {
    const job = queued()
    await runJobs(deps, succeeding, [job])
    // Its worker died between updating the record and the queue.
    expect(await runJobs(deps, succeeding, [{ ...job, attempt: 2 }])).toEqual([{ id: job.id, status: 'completed' }])
    expect(ran).toEqual([job.id])
    expect(await recordOf(job.id)).toMatchObject({ attempts: 1, status: 'completed' })
  })

  test('doesn’t let a worker that was frozen past its deadline overwrite the next attempt', async () => {
    const job = queued()
    const frozen = jobThat(async (id) => {
      await fresh.database.workerJob.update({ where: { id }, data: { attempts: 2 } })
      throw new Error('too late')
    })
    await runJobs(deps, frozen, [job])
    expect(await recordOf(job.id)).toMatchObject({ status: 'processing', attempts: 2, error: null })
  })

  test('records no internal maintenance', async () => {
    const sweepJob = defineJob({ name: 'sweep', payload: z.strictObject({}), maxAttempts: 1, run: async () => ({}) })
    const before = await fresh.database.workerJob.count()
    const job = queued({ payload: {} })
    expect(await runJobs(deps, sweepJob, [job])).toEqual([{ id: job.id, status: 'completed' }])
    expect(await fresh.database.workerJob.count()).toBe(before)
  })
})
