import type { JobFragment, WorkerJobFilter, WorkerJobStatus, WorkerJobType } from '../../gql/graphql.ts'
import { formatAgo, formatNearDate, formatTime } from '../../lib/time.ts'

/** One background job. */
export type Job = JobFragment

/** The selected filters. */
export type JobChoice = Readonly<{ status: WorkerJobStatus | 'all'; jobType: WorkerJobType | 'all' }>

/** No filters. */
export const noFilter: JobChoice = { status: 'all', jobType: 'all' }

/** The labels of job types. */
export const jobLabels: Readonly<Record<WorkerJobType, string>> = {
  GENERATE_SUMMARY: 'Write a summary',
  SEND_REMINDER: 'Send a reminder',
  JIT_VALIDATE: 'Check a meeting before it starts',
  PURGE_SENSITIVE: 'Delete expired data',
}

/** The labels of statuses, as in the filter. */
export const statusLabels: Readonly<Record<WorkerJobStatus, string>> = {
  PENDING: 'Waiting',
  PROCESSING: 'Running',
  COMPLETED: 'Done',
  FAILED: 'Failed or cancelled',
}

/** Narrows a select's value to a status. */
export const isStatus = (text: string): text is WorkerJobStatus => Object.hasOwn(statusLabels, text)

/** Narrows a select's value to a job type. */
export const isJobType = (text: string): text is WorkerJobType => Object.hasOwn(jobLabels, text)

/** The selection as the API's filter. */
export function filterOf({ status, jobType }: JobChoice): WorkerJobFilter {
  return { ...(status === 'all' ? {} : { status: [status] }), ...(jobType === 'all' ? {} : { jobType: [jobType] }) }
}

/** Whether a job matches the filter. */
function isChosen(job: Pick<Job, 'status' | 'jobType'>, { status, jobType }: JobChoice): boolean {
  return (status === 'all' || job.status === status) && (jobType === 'all' || job.jobType === jobType)
}

/** The state of a job for display: what it waits for, or how it ended. */
export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'

/** Derives the state of a job. */
export function stateOf({ status, error }: Pick<Job, 'status' | 'error'>): JobState {
  if (status === 'PENDING') return 'waiting'
  if (status === 'PROCESSING') return 'running'
  if (status === 'COMPLETED') return 'done'
  return error === 'CANCELLED' ? 'cancelled' : 'failed'
}

/** The text of the state, with its time. */
export function stateLabels(job: Job, now: Date): string {
  const ended = job.completedAt === null ? 'just now' : formatAgo(new Date(job.completedAt), now)
  switch (stateOf(job)) {
    case 'waiting':
      return waitingWords(job, now)
    case 'running':
      return job.startedAt === null ? 'Running' : `Running, started ${formatAgo(new Date(job.startedAt), now)}`
    case 'done':
      return `Done ${ended}`
    case 'failed':
      return `Failed ${ended}`
    case 'cancelled':
      return `Cancelled ${ended}`
  }
}

function waitingWords({ scheduledFor, attempts }: Job, now: Date): string {
  const time = scheduledFor === null ? null : new Date(scheduledFor)
  if (time !== null && time > now) return `Scheduled for ${formatNearDate(time, now)}, ${formatTime(time)}`
  return attempts === 0 ? 'Waiting for a worker' : 'Waiting for another attempt'
}

const errorWords: Readonly<Record<string, string>> = {
  AUDIT_UNAVAILABLE: 'The audit log could not be written.',
  CONFLICT: 'Its data kept changing.',
  INTERNAL: 'Internal error. See the server log.',
  INVALID_PAYLOAD: 'Its payload could not be read.',
  LOST: 'Its worker stopped before the job was done.',
  TIMEOUT: 'The database took too long.',
  UNAVAILABLE: 'The database couldn’t be reached.',
  UNREADABLE: 'Encrypted data could not be decrypted.',
}

/** Why the last attempt failed, as text if there is one; null if it didn't. */
export function reasonLabels({ error }: Pick<Job, 'error'>): string | null {
  return error === null || error === 'CANCELLED' ? null : (errorWords[error] ?? error)
}

/** The rows with a live update applied: replaced, inserted at the top, removed, or ignored. */
export function withChange(rows: readonly Job[], job: Job, choice: JobChoice): readonly Job[] {
  const at = rows.findIndex(({ id }) => id === job.id)
  if (at >= 0) return isChosen(job, choice) ? rows.with(at, job) : rows.toSpliced(at, 1)
  const first = rows[0]
  // A job older than the first row may belong to a page that isn't loaded.
  const isNewest = first === undefined || job.createdAt >= first.createdAt
  return isNewest && isChosen(job, choice) ? [job, ...rows] : rows
}
