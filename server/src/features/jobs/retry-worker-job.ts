import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Database } from '../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import type { Queue } from '../../platform/jobs/queue.ts'
import { JobNotFailedError, JobUnknownError } from './errors.ts'
import { lockJob } from './lock-job.ts'
import { mayManageJobs } from './policy.ts'

type RetryDeps = Readonly<{ database: Database; queue: Pick<Queue, 'requeue'> }>

/**
 * Puts a failed or cancelled job back into its queue with one more attempt. Its record becomes pending under the same ID;
 * the previous outcome remains in the log only.
 *
 * @throws ForbiddenError, NotFoundError, JobNotFailedError, JobUnknownError, AuditUnavailableError
 * @throws JobHeldError in the short time between recording the failure and reporting it to the queue
 */
export async function retryWorkerJob(deps: RetryDeps, viewer: Viewer, origin: Origin, jobId: string): Promise<void> {
  if (!mayManageJobs(viewer)) throw new ForbiddenError()
  await deps.database.$transaction(async (tx) => {
    const job = await lockJob(tx, jobId)
    if (job === null) throw new NotFoundError()
    if (job.status !== 'failed') throw new JobNotFailedError()
    const maxAttempts = await deps.queue.requeue(tx, job.jobType, jobId, job.payload)
    if (maxAttempts === null) throw new JobUnknownError()
    // A job that is enqueued from scratch counts its attempts from the beginning.
    await tx.$executeRaw`
      UPDATE worker_jobs
      SET status = 'pending', error = NULL, result = NULL, "startedAt" = NULL, "completedAt" = NULL,
        attempts = CASE WHEN attempts < ${maxAttempts}::int THEN attempts ELSE 0 END, "maxAttempts" = ${maxAttempts}::int
      WHERE id = ${jobId}::uuid`
    await recordAudit(tx, [
      {
        action: 'job.retried',
        resource: 'worker_job',
        resourceId: jobId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { jobType: job.jobType },
      },
    ])
  })
}
