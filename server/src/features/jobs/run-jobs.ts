import type { Database } from '../../platform/database/client.ts'
import { retryFailures } from '../../platform/database/retry-failures.ts'
import { errorCodeOf, type IdsAndCodes, InvalidPayloadError, type Job } from '../../platform/jobs/job.ts'
import type { QueuedJob, QueuedJobOutcome } from '../../platform/jobs/queue.ts'
import type { Log } from '../../platform/logging/log.ts'
import { isRecorded } from './model.ts'

export type RunJobsDeps = Readonly<{ database: Database; log: Pick<Log, 'warn' | 'error'> }>

type Settled = Readonly<{
  job: QueuedJob
  status: QueuedJobOutcome['status']
  result: IdsAndCodes | null
  error: string | null
}>

const mostAtOnce = 4

/**
 * The one wrapper around every job. Runs a batch, a few at a time, and keeps `worker_jobs`: processing at the start,
 * then completed or failed, or pending again until the next attempt; one statement each for the whole batch. A job that
 * fails takes no other with it.
 *
 * The times on record are the database's, as those of the queue are: a worker's clock may be off, or jump.
 *
 * A job whose record says that it has ended is not run again: its worker died between the record and the queue.
 */
export async function runJobs<Deps extends RunJobsDeps>(
  deps: Deps,
  job: Job<Deps>,
  batch: readonly QueuedJob[],
): Promise<QueuedJobOutcome[]> {
  const claimed = isRecorded(job)
    ? await retryFailures(() => recordStart(deps, job, batch))
    : new Set(batch.map(({ id }) => id))
  const toRun = batch.filter(({ id }) => claimed.has(id))
  const ended = batch.filter(({ id }) => !claimed.has(id)).map(({ id }) => ({ id, status: 'completed' as const }))
  const settled = await runAFewAtATime(toRun, (queued) => runOne(deps, job, queued))
  if (isRecorded(job)) await recordEnd(deps, settled)
  return [...ended, ...settled.map(({ job: { id }, status }) => ({ id, status }))]
}

async function runOne<Deps extends RunJobsDeps>(deps: Deps, job: Job<Deps>, queued: QueuedJob): Promise<Settled> {
  try {
    const run = { jobId: queued.id, attempt: queued.attempt, signal: queued.signal }
    // A connection that broke is no fault of the job's, and would cost it an attempt with a long wait behind it.
    const result = await retryFailures(() => job.runOnce(deps, queued.payload, run))
    return { job: queued, status: 'completed', result, error: null }
  } catch (error) {
    const code = errorCodeOf(error)
    const isFinal = queued.isLastAttempt || error instanceof InvalidPayloadError
    const fields = { err: error, job: job.name, jobId: queued.id, attempt: queued.attempt, code }
    if (isFinal) deps.log.error(fields, 'a job failed for good')
    else deps.log.warn(fields, 'a job failed and will be tried again')
    return { job: queued, status: isFinal ? 'failed_for_good' : 'failed', result: null, error: code }
  }
}

async function runAFewAtATime(
  jobs: readonly QueuedJob[],
  run: (job: QueuedJob) => Promise<Settled>,
): Promise<Settled[]> {
  const settled: Settled[] = []
  const waiting = jobs.values()
  const runners = Array.from({ length: Math.min(mostAtOnce, jobs.length) }, async () => {
    for (const job of waiting) settled.push(await run(job))
  })
  await Promise.all(runners)
  return settled
}

/** Returns the ids to run. The timetable's jobs have no row before they start, so this makes it. */
async function recordStart(deps: RunJobsDeps, job: Job<never>, batch: readonly QueuedJob[]): Promise<Set<string>> {
  const rows = await deps.database.$queryRaw<{ id: string }[]>`
    INSERT INTO worker_jobs AS w (id, "jobType", status, payload, attempts, "maxAttempts", "startedAt")
    SELECT q.id, ${job.name}::"JobType", 'processing', q.payload, q.attempt, q."maxAttempts", now()
    FROM UNNEST(
      ${batch.map(({ id }) => id)}::uuid[],
      ${batch.map(({ payload }) => payloadOnRecord(job, payload))}::jsonb[],
      ${batch.map(({ attempt }) => attempt)}::int[],
      ${batch.map(({ maxAttempts }) => maxAttempts)}::int[]
    ) AS q (id, payload, attempt, "maxAttempts")
    ON CONFLICT (id) DO UPDATE
    SET status = 'processing', attempts = EXCLUDED.attempts, "maxAttempts" = EXCLUDED."maxAttempts",
      "startedAt" = EXCLUDED."startedAt", error = NULL
    WHERE w.status IN ('pending', 'processing')
    RETURNING id`
  return new Set(rows.map(({ id }) => id))
}

/** A payload that is none of the job's is not put on record: nobody knows what is in it. */
function payloadOnRecord(job: Pick<Job<never>, 'parsePayload'>, payload: unknown): string {
  try {
    return JSON.stringify(job.parsePayload(payload ?? {}))
  } catch {
    return '{}'
  }
}

async function recordEnd(deps: RunJobsDeps, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return
  // Tried again when the connection broke: a record that goes on saying that it runs would keep others waiting for it.
  await retryFailures(() => writeEnd(deps, settled))
}

/** Only over this very attempt: a worker that was frozen past its time must not overwrite what came after it. */
async function writeEnd(deps: RunJobsDeps, settled: readonly Settled[]): Promise<void> {
  await deps.database.$executeRaw`
    UPDATE worker_jobs w
    SET status = e.status::"JobStatus", result = e.result, error = e.error,
      "completedAt" = CASE WHEN e.status = 'pending' THEN NULL ELSE now() END
    FROM UNNEST(
      ${settled.map(({ job }) => job.id)}::uuid[],
      ${settled.map(({ job }) => job.attempt)}::int[],
      ${settled.map(({ status }) => recordedStatus[status])}::text[],
      ${settled.map(({ result }) => (result === null ? null : JSON.stringify(result)))}::jsonb[],
      ${settled.map(({ error }) => error)}::text[]
    ) AS e (id, attempt, status, result, error)
    WHERE w.id = e.id AND w.attempts = e.attempt AND w.status = 'processing'`
}

const recordedStatus = { completed: 'completed', failed: 'pending', failed_for_good: 'failed' } as const
