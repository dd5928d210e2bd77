import type { NewId } from '../../platform/ids.ts'
import type { Job } from '../../platform/jobs/job.ts'
import type { Queue } from '../../platform/jobs/queue.ts'
import { isRecorded } from './model.ts'

type RecordableJob = Pick<Job<never>, 'name' | 'maxAttempts' | 'parsePayload'>

/**
 * Wraps the queue so that each recorded job gets its row in `worker_jobs` in the enqueueing transaction, with the job's own
 * ID.
 *
 * `enqueue` and `enqueueAll` throw InvalidPayloadError if a payload contains anything but IDs and codes.
 */
export function recordJobs<Q extends Queue>(
  queue: Q,
  deps: Readonly<{ newId: NewId }>,
  jobs: readonly RecordableJob[],
): Q {
  const byName = new Map(jobs.map((job) => [job.name, job]))
  const jobNamed = (name: string) => {
    const job = byName.get(name)
    if (!job) throw new Error(`Unknown job ${name}.`)
    return job
  }
  const enqueue: Queue['enqueue'] = async (tx, name, payload, options = {}) => {
    const job = jobNamed(name)
    const checked = job.parsePayload(payload)
    const id = options.id ?? deps.newId()
    if (isRecorded(job)) {
      await tx.$executeRaw`
        INSERT INTO worker_jobs (id, "jobType", status, payload, "maxAttempts", "scheduledFor")
        VALUES (${id}::uuid, ${name}::"JobType", 'pending', ${JSON.stringify(checked)}::jsonb, ${job.maxAttempts},
          ${options.startAfter ?? null}::timestamptz)`
    }
    return queue.enqueue(tx, name, checked, { ...options, id })
  }
  const enqueueAll: Queue['enqueueAll'] = async (tx, name, jobs) => {
    const job = jobNamed(name)
    const checked = jobs.map(({ id, payload }) => ({ id: id ?? deps.newId(), payload: job.parsePayload(payload) }))
    const recorded =
      isRecorded(job) &&
      tx.$executeRaw`
        INSERT INTO worker_jobs (id, "jobType", status, payload, "maxAttempts")
        SELECT id, ${name}::"JobType", 'pending', payload::jsonb, ${job.maxAttempts}
        FROM unnest(${checked.map(({ id }) => id)}::uuid[],
          ${checked.map(({ payload }) => JSON.stringify(payload))}::text[]) AS j (id, payload)`
    // Pipelined, if the transaction supports it.
    await Promise.all([recorded, queue.enqueueAll(tx, name, checked)])
  }
  return { ...queue, enqueue, enqueueAll }
}
