import type { LoginThrottle } from './core/access/login-throttle.ts'
import type { Bursts } from './core/audit/bursts.ts'
import type { Sessions } from './core/sessions/sessions.ts'
import type { Vault } from './core/vault/vault.ts'
import { dropAuditPartitionsJob } from './features/audit/drop-audit-partitions.job.ts'
import { recordRefusalBurstsJob } from './features/audit/record-refusal-bursts.job.ts'
import { sealAuditLogJob } from './features/audit/seal-audit-log.job.ts'
import { applyPendingDeliveriesJob } from './features/bookings/calcom/apply-pending-deliveries.job.ts'
import { recomputePlaintextColumnsJob } from './features/bookings/retention/recompute-plaintext-columns.job.ts'
import { publishFiguresJob } from './features/bookings/statistics/publish-figures.job.ts'
import { failLostJobs } from './features/jobs/fail-lost-jobs.ts'
import { recordJobs } from './features/jobs/record-jobs.ts'
import { type RunJobsDeps, runJobs } from './features/jobs/run-jobs.ts'
import { createPartitionsJob } from './features/maintenance/create-partitions.job.ts'
import { purgeSensitiveJob } from './features/maintenance/purge-sensitive.job.ts'
import { reEncryptValuesJob } from './features/maintenance/re-encrypt-values.job.ts'
import { rotateKeysJob } from './features/maintenance/rotate-keys.job.ts'
import { generateSummaryJob } from './features/summaries/generate/generate-summary.job.ts'
import { sendMailLinkJob } from './features/users/links/send-mail-link.job.ts'
import { deleteExpiredSessionsJob } from './features/users/sessions/delete-expired-sessions.job.ts'
import { deleteExpiredMessagesJob } from './features/webhooks/delivery/delete-expired-messages.job.ts'
import { fanOutChangesJob } from './features/webhooks/delivery/fan-out-changes.job.ts'
import { sendWebhookJob } from './features/webhooks/delivery/send-webhook.job.ts'
import type { SendWebhookDeps } from './features/webhooks/delivery/send-webhook.ts'
import { sendEndpointNoticeJob } from './features/webhooks/endpoints/send-endpoint-notice.job.ts'
import type { Clock } from './platform/clock.ts'
import type { Env } from './platform/config/env.ts'
import type { NewId } from './platform/ids.ts'
import type { Job } from './platform/jobs/job.ts'
import { createQueue, type Queue, type QueueOptions, type WorkingQueue } from './platform/jobs/queue.ts'
import type { Log } from './platform/logging/log.ts'
import type { Mailer } from './platform/mail/mailer.ts'

/** The dependencies of all jobs. */
export type JobDeps = RunJobsDeps &
  Readonly<{
    clock: Clock
    env: Pick<Env, 'home' | 'auditWitness' | 'keyRotationSeconds' | 'publicUrl'>
    log: Pick<Log, 'info' | 'warn' | 'error'>
    vault: Vault
    sessions: Sessions
    loginThrottle: LoginThrottle
    bursts: Bursts
    mailer: Mailer | null
    newId: NewId
    queue: Pick<Queue, 'enqueue'>
  }> &
  Pick<SendWebhookDeps, 'documents' | 'receivers'>

/** All jobs. */
export const jobs: readonly Job<JobDeps>[] = [
  applyPendingDeliveriesJob,
  dropAuditPartitionsJob,
  fanOutChangesJob,
  generateSummaryJob,
  createPartitionsJob,
  publishFiguresJob,
  purgeSensitiveJob,
  recordRefusalBurstsJob,
  recomputePlaintextColumnsJob,
  reEncryptValuesJob,
  rotateKeysJob,
  sealAuditLogJob,
  sendEndpointNoticeJob,
  sendMailLinkJob,
  sendWebhookJob,
  deleteExpiredMessagesJob,
  deleteExpiredSessionsJob,
]

/** Scheduled jobs: cron expressions in UTC. */
export const schedule = [
  { job: applyPendingDeliveriesJob.name, cron: '*/5 * * * *' },
  { job: sealAuditLogJob.name, cron: '* * * * *' },
  { job: recordRefusalBurstsJob.name, cron: '* * * * *' },
  { job: fanOutChangesJob.name, cron: '* * * * *' },
  { job: recomputePlaintextColumnsJob.name, cron: '* * * * *' },
  { job: rotateKeysJob.name, cron: '23 * * * *' },
  { job: deleteExpiredSessionsJob.name, cron: '37 * * * *' },
  { job: purgeSensitiveJob.name, cron: '47 * * * *' },
  { job: publishFiguresJob.name, cron: '3 0 * * *' },
  { job: reEncryptValuesJob.name, cron: '7 4 * * *' },
  { job: createPartitionsJob.name, cron: '17 3 * * *' },
  { job: deleteExpiredMessagesJob.name, cron: '29 3 * * *' },
  { job: dropAuditPartitionsJob.name, cron: '41 3 * * *' },
] as const

/** Opens the queues of all jobs. Jobs of the recorded types are also stored in `worker_jobs`. */
export async function openJobQueue(
  options: Omit<QueueOptions, 'queues'> & Readonly<{ newId: NewId }>,
): Promise<WorkingQueue> {
  const queue = await createQueue({ ...options, queues: jobs })
  return recordJobs(queue, options, jobs)
}

export type Workers = Readonly<{
  isReady(): boolean
  /** Stops fetching jobs and finishes those in progress. */
  stop(): Promise<void>
}>

/** Starts the workers of all jobs and sets the schedule. The queue must have been opened with `runsJobs`. */
export async function startWorkers(deps: JobDeps & Readonly<{ queue: WorkingQueue }>): Promise<Workers> {
  const { queue } = deps
  for (const job of jobs) await queue.work(job.name, (batch) => runJobs(deps, job, batch))
  await queue.onJobLost((lostJobs) => failLostJobs(deps, lostJobs))
  await queue.setSchedule(schedule.map(({ job, cron }) => ({ name: job, cron })))
  return { isReady: queue.isReady, stop: () => queue.stop() }
}
