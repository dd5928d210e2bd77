import type { Database } from '../../platform/database/client.ts'
import { retryFailures } from '../../platform/database/retry-failures.ts'
import { errorCodeOf, type IdsAndCodes, InvalidPayloadError, type Job } from '../../platform/jobs/job.ts'
import type { QueuedJob, QueuedJobOutcome } from '../../platform/jobs/queue.ts'
import type { Log } from '../../platform/logging/log.ts'
import { isRecorded } from './model.ts'

export type RunJobsDeps = Readonly<{ database: Database; log: Pick<Log, 'warn' | 'error'> }>

type Outcome = Readonly<{
  job: QueuedJob
  status: QueuedJobOutcome['status']
  result: IdsAndCodes | null
  error: string | null
}>

const maxConcurrency = 4

/**
 * Runs a batch of jobs, a few at a time, and records their progress in `worker_jobs`: processing at the start, then
 * completed or failed, or pending until the next attempt; one statement each for the whole batch. A failing job doesn't
 * affect the others.
 *
 * Recorded times come from the database, like those of the queue, because a worker's clock may be off or jump.
 *
 * A job whose record has already ended is not run again: its worker died between updating the record and the queue.
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
  const outcomes = await runConcurrently(toRun, (queued) => runOne(deps, job, queued))
  if (isRecorded(job)) await recordEnd(deps, outcomes)
  return [...ended, ...outcomes.map(({ job: { id }, status }) => ({ id, status }))]
}

async function runOne<Deps extends RunJobsDeps>(deps: Deps, job: Job<Deps>, queued: QueuedJob): Promise<Outcome> {
  try {
    const run = { jobId: queued.id, attempt: queued.attempt, signal: queued.signal }
    // Retry lost connections here: they are not the job's fault and would cost it an attempt and a long delay.
    const result = await retryFailures(() => job.runOnce(deps, queued.payload, run))
    return { job: queued, status: 'completed', result, error: null }
  } catch (error) {
    const code = errorCodeOf(error)
    const isFinal = queued.isLastAttempt || error instanceof InvalidPayloadError
    const fields = { err: error, job: job.name, jobId: queued.id, attempt: queued.attempt, code }
    if (isFinal) deps.log.error(fields, 'a job failed permanently')
    else deps.log.warn(fields, 'a job failed and will be retried')
    return { job: queued, status: isFinal ? 'failed_for_good' : 'failed', result: null, error: code }
  }
}

async function runConcurrently(
  jobs: readonly QueuedJob[],
  run: (job: QueuedJob) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const remaining = jobs.values()
  const runners = Array.from({ length: Math.min(maxConcurrency, jobs.length) }, async () => {
    for (const job of remaining) outcomes.push(await run(job))
  })
  await Promise.all(runners)
  return outcomes
}

/**
 * Marks jobs as processing and returns the IDs to run. Inserts the rows of scheduled jobs, which have none before they
 * start.
 */
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

/** An invalid payload is not recorded: it may contain anything. */
function payloadOnRecord(job: Pick<Job<never>, 'parsePayload'>, payload: unknown): string {
  try {
    return JSON.stringify(job.parsePayload(payload ?? {}))
  } catch {
    return '{}'
  }
}

async function recordEnd(deps: RunJobsDeps, outcomes: readonly Outcome[]): Promise<void> {
  if (outcomes.length === 0) return
  // Retry lost connections: a record left as processing would block its job from being retried or cancelled.
  await retryFailures(() => writeEnd(deps, outcomes))
}

/** Matches the attempt, so that a worker that resumes after its lease expired can't overwrite a later attempt. */
async function writeEnd(deps: RunJobsDeps, outcomes: readonly Outcome[]): Promise<void> {
  await deps.database.$executeRaw`
    UPDATE worker_jobs w
    SET status = e.status::"JobStatus", result = e.result, error = e.error,
      "completedAt" = CASE WHEN e.status = 'pending' THEN NULL ELSE now() END
    FROM UNNEST(
      ${outcomes.map(({ job }) => job.id)}::uuid[],
      ${outcomes.map(({ job }) => job.attempt)}::int[],
      ${outcomes.map(({ status }) => recordedStatus[status])}::text[],
      ${outcomes.map(({ result }) => (result === null ? null : JSON.stringify(result)))}::jsonb[],
      ${outcomes.map(({ error }) => error)}::text[]
    ) AS e (id, attempt, status, result, error)
    WHERE w.id = e.id AND w.attempts = e.attempt AND w.status = 'processing'`
}

const recordedStatus = { completed: 'completed', failed: 'pending', failed_for_good: 'failed' } as const
