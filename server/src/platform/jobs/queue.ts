import { type ConnectionOptions, fromPrisma, type JobResult, type JobWithMetadata, PgBoss } from 'pg-boss'
import type { Transaction } from '../database/client.ts'
import { Connection } from '../database/connection.ts'
import type { SqlTransaction } from '../database/run-pipelined.ts'
import { ConflictError } from '../errors.ts'
import type { Log } from '../logging/log.ts'

/** Ids and codes only: a payload is readable by whoever reads the database. */
export type JobPayload = Readonly<Record<string, string | number | boolean>>

type EnqueueOptions = Readonly<{
  /** The job's id (UUID); made by pg-boss when left out. */
  id?: string
  /** Not before this time. */
  startAfter?: Date
}>

/** A job of several; its id (UUID) is made by pg-boss when left out. */
type NewJob = Readonly<{ id?: string; payload: JobPayload }>

/** The sending side: what every node has. */
export type Queue = Readonly<{
  /**
   * Enqueues a job inside the caller's transaction: it exists when that commits, and never without it.
   * Returns the job's id.
   */
  enqueue(tx: Transaction, name: string, payload: JobPayload, options?: EnqueueOptions): Promise<string>
  /** Enqueues several jobs of one name, in one statement. */
  enqueueAll(tx: SqlTransaction, name: string, jobs: readonly NewJob[]): Promise<void>
  /**
   * Puts a job that has ended or was cancelled back into its queue, inside the caller's transaction, under the same id:
   * what failed gets one attempt more, what was cancelled goes on where it was, and what the queue no longer knows begins
   * anew with this payload. Returns how many attempts it may have in all; null where there is no such queue.
   */
  requeue(tx: Transaction, name: string, id: string, payload: JobPayload): Promise<number | null>
  /** Takes a job out of its queue inside the caller's transaction, so that no worker gets it. */
  cancel(tx: Transaction, name: string, id: string): Promise<void>
  /** True while the queue can take and give jobs. */
  isReady(): boolean
}>

/** One job as a worker gets it. `attempt` counts from 1; `isLastAttempt` means that a failure is final. */
export type QueuedJob = Readonly<{
  id: string
  payload: unknown
  attempt: number
  maxAttempts: number
  isLastAttempt: boolean
  /** Aborted when this worker no longer holds the job: what it does from then on is not counted. */
  signal: AbortSignal
}>

/** What became of one job of a batch. `failed` is tried again while attempts are left, `failed_for_good` is not. */
export type QueuedJobOutcome = Readonly<{ id: string; status: 'completed' | 'failed' | 'failed_for_good' }>

/** A job that ended without its worker, and which attempt was its last. */
export type LostJob = Readonly<{ id: string; attempt: number }>

/** Works through a batch and says for each job what became of it. A job it says nothing about has failed. */
type QueueHandler = (jobs: readonly QueuedJob[]) => Promise<readonly QueuedJobOutcome[]>

/** How the jobs of one queue are kept and worked. */
export type QueueSpec = Readonly<{
  name: string
  maxAttempts: number
  /** The wait before the second attempt, in seconds; it doubles from one attempt to the next. */
  retryDelaySeconds: number
  /** A batch that takes longer than this counts as failed. */
  expireSeconds: number
  batchSize: number
}>

/** The queue of a node that also works. */
export type WorkingQueue = Queue &
  Readonly<{
    work(name: string, handler: QueueHandler): Promise<void>
    /** Hands over the jobs that ended without any worker saying so: crashed, expired, out of attempts. */
    workLost(handler: (jobs: readonly LostJob[]) => Promise<void>): Promise<void>
    /**
     * Sets the whole timetable: each queue gets a job with an empty payload by its cron expression (UTC), once across all
     * nodes. What was missed while no node ran is made up for once. Entries that are gone from the list end.
     */
    keepTimetable(entries: readonly Readonly<{ name: string; cron: string }>[]): Promise<void>
    /** Takes no new jobs, lets the running ones finish (at most `timeoutMs`), then lets go of the database. */
    stop(timeoutMs?: number): Promise<void>
  }>

export type QueueOptions = Readonly<{
  url: string
  log: Pick<Log, 'info' | 'warn' | 'error'>
  queues: readonly QueueSpec[]
  /** Whether this node works (and supervises, and keeps the timetable), or only sends. */
  works: boolean
  maxConnections?: number
  /** How often crashed and expired jobs are looked for. */
  superviseSeconds?: number
}>

const schema = 'pgboss'
const lostJobs = 'lost-jobs'
// A worker that died is noticed after one heartbeat missed and one round of supervision: well under a minute.
const heartbeatSeconds = 15
const defaultSuperviseSeconds = 10
const longestRetryDelaySeconds = 600
const stopTimeoutMs = 25_000

/**
 * Opens the queue: pg-boss, in its own schema of the same database, with a small pool of its own. Installs or upgrades
 * the schema and makes the queues; any number of nodes may do so at once.
 */
export async function createQueue(options: QueueOptions): Promise<WorkingQueue> {
  const { url, log, queues, works, superviseSeconds = defaultSuperviseSeconds } = options
  // pg-boss hands its options on to the pool that it makes, which reads these two itself.
  const pool = { connectionString: url, Client: Connection }
  const boss = new PgBoss({
    ...pool,
    application_name: 'churchhub-queue',
    schema,
    max: options.maxConnections ?? (works ? 4 : 2),
    supervise: works,
    schedule: works,
    // A notice wakes the workers at the commit that brought the job; polling stays as what is relied upon.
    useListenNotify: works,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    cronMonitorIntervalSeconds: 15,
    registerInstance: false,
    openTelemetry: { enabled: false },
  })
  // Without a listener an 'error' of a lost connection would end the process. pg-boss goes on by itself.
  boss.on('error', (error) => log.error({ err: error }, 'the queue has a problem'))
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'the queue warns'))
  try {
    await boss.start()
    for (const spec of [lostJobsSpec, ...queues]) await makeQueue(boss, spec)
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined)
    throw error
  }
  let isStarted = true

  return {
    async enqueue(tx, name, payload, { id, startAfter } = {}) {
      const job = { data: payload, ...(id && { id }), ...(startAfter && { startAfter }) }
      const ids = await boss.insert(name, [job], { db: fromPrisma(tx), returnId: true })
      const [enqueued] = ids ?? []
      if (!enqueued) throw new Error(`The queue ${name} did not accept the job.`)
      return enqueued
    },
    async enqueueAll(tx, name, jobs) {
      const all = jobs.map(({ id, payload }) => ({ data: payload, ...(id && { id }) }))
      const ids = await boss.insert(name, all, { db: fromPrisma(tx), returnId: true })
      if (ids?.length !== jobs.length) throw new Error(`The queue ${name} did not accept the jobs.`)
    },
    async requeue(tx, name, id, payload) {
      if (!queues.some((queue) => queue.name === name)) return null
      return requeue(boss, name, { id, data: payload }, { db: fromPrisma(tx) })
    },
    async cancel(tx, name, id) {
      if (queues.some((queue) => queue.name === name)) await boss.cancel(name, id, { db: fromPrisma(tx) })
    },
    isReady: () => isStarted && boss.getWipData().every(fetchesWell),
    async work(name, handler) {
      const spec = queues.find((queue) => queue.name === name)
      if (!spec) throw new Error(`There is no queue ${name}.`)
      await boss.work(
        name,
        { batchSize: spec.batchSize, includeMetadata: true, perJobResults: true, ...pollingOptions },
        async (jobs) => (await handler(jobs.map(queuedJob))).map(jobResult),
      )
    },
    async workLost(handler) {
      await boss.work(lostJobs, { batchSize: 100, includeMetadata: true, ...pollingOptions }, async (jobs) => {
        await handler(
          jobs.flatMap(({ sourceId: id, sourceRetryCount }) =>
            id === null ? [] : [{ id, attempt: (sourceRetryCount ?? 0) + 1 }],
          ),
        )
      })
    },
    async keepTimetable(entries) {
      for (const { name } of await boss.getSchedules()) {
        if (!entries.some((entry) => entry.name === name)) await boss.unschedule(name)
      }
      for (const { name, cron } of entries) await boss.schedule(name, cron, {}, { tz: 'UTC', missed: 'once' })
    },
    async stop(timeoutMs = stopTimeoutMs) {
      isStarted = false
      await boss.stop({ graceful: true, timeout: timeoutMs })
    },
  }
}

// Retries come without a notice, so that the polling is also how long one waits past its time.
const pollingOptions = { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 2, burstWhenBatchFull: true } as const

const lostJobsSpec: QueueSpec = {
  name: lostJobs,
  maxAttempts: 100,
  retryDelaySeconds: 5,
  expireSeconds: 60,
  batchSize: 100,
}

/** Makes the queue, or brings the one that is there to the same settings: a new release may have changed them. */
async function makeQueue(boss: PgBoss, spec: QueueSpec): Promise<void> {
  const settings = {
    retryLimit: spec.maxAttempts - 1,
    retryDelay: spec.retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: longestRetryDelaySeconds,
    expireInSeconds: spec.expireSeconds,
    heartbeatSeconds,
    notify: true,
    ...(spec.name !== lostJobs && { deadLetter: lostJobs }),
  }
  await boss.createQueue(spec.name, settings)
  await boss.updateQueue(spec.name, settings)
}

type Enqueued = Readonly<{ id: string; data: JobPayload }>

/** A worker still holds the job: what it has recorded has not come to the queue yet. */
export class JobHeldError extends ConflictError {
  constructor() {
    super('A worker still holds this job. Try again in a moment.')
  }
}

async function requeue(boss: PgBoss, name: string, job: Enqueued, options: ConnectionOptions): Promise<number> {
  const find = async () => (await boss.findJobs(name, { id: job.id, ...options }))[0] ?? null
  const state = (await find())?.state ?? null
  // Its worker is about to say that it failed, which would end what waits under its id from now on.
  if (state === 'active') throw new JobHeldError()
  if (state === 'failed') await boss.retry(name, job.id, options)
  else if (state === 'cancelled') await boss.resume(name, job.id, options)
  else if (state === null || state === 'completed') {
    // Completed only as far as the queue knows: the job's record, which the caller goes by, says that it failed.
    await boss.deleteJob(name, job.id, options)
    await boss.insert(name, [job], options)
  }
  const waiting = await find()
  if (waiting === null) throw new Error(`The queue ${name} did not accept the job back.`)
  return waiting.retryLimit + 1
}

function queuedJob(job: JobWithMetadata<unknown>): QueuedJob {
  return {
    id: job.id,
    payload: job.data,
    attempt: job.retryCount + 1,
    maxAttempts: job.retryLimit + 1,
    isLastAttempt: job.retryCount >= job.retryLimit,
    signal: job.signal,
  }
}

function jobResult({ id, status }: QueuedJobOutcome): JobResult {
  return { id, status: status === 'failed_for_good' ? 'deadletter' : status }
}

/** A worker whose last fetch failed, and that has fetched nothing since. */
function fetchesWell(worker: { lastFetchedOn: number | null; lastErrorOn: number | null }): boolean {
  return worker.lastErrorOn === null || (worker.lastFetchedOn ?? 0) > worker.lastErrorOn
}
