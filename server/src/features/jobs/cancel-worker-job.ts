import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Database } from '../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import type { Queue } from '../../platform/jobs/queue.ts'
import { JobEndedError, JobRunsError } from './errors.ts'
import { lockJob } from './lock-job.ts'
import { CANCELLED } from './model.ts'
import { mayManageJobs } from './policy.ts'

type CancelDeps = Readonly<{ database: Database; queue: Pick<Queue, 'cancel'> }>

/**
 * Cancels a pending job: it ends as failed, with the code CANCELLED. A worker that has already fetched it checks the record
 * before running it and skips it.
 *
 * @throws ForbiddenError, NotFoundError, JobRunsError, JobEndedError, AuditUnavailableError
 */
export async function cancelWorkerJob(deps: CancelDeps, viewer: Viewer, origin: Origin, jobId: string): Promise<void> {
  if (!mayManageJobs(viewer)) throw new ForbiddenError()
  await deps.database.$transaction(async (tx) => {
    const job = await lockJob(tx, jobId)
    if (job === null) throw new NotFoundError()
    if (job.status === 'processing') throw new JobRunsError()
    if (job.status !== 'pending') throw new JobEndedError()
    await deps.queue.cancel(tx, job.jobType, jobId)
    await tx.$executeRaw`
      UPDATE worker_jobs
      SET status = 'failed', error = ${CANCELLED}, "completedAt" = now()
      WHERE id = ${jobId}::uuid`
    await recordAudit(tx, [
      {
        action: 'job.cancelled',
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
