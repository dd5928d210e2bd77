/**
 * The job types recorded in `worker_jobs` and shown to admins (its enum "JobType"). All other jobs are system maintenance.
 */
const recordedJobTypes = ['generate-summary', 'send-reminder', 'jit-validate', 'purge-sensitive'] as const

/** Whether a job gets a row in `worker_jobs`. */
export function isRecorded(job: Readonly<{ name: string }>): boolean {
  return recordedJobTypes.some((type) => type === job.name)
}

/** `worker_jobs.error` of a job whose workers all crashed or hung before recording an outcome. */
export const LOST = 'LOST'

/** `worker_jobs.error` of a job that an admin cancelled before it ran. */
export const CANCELLED = 'CANCELLED'

const errorCode = /^[A-Z][A-Z_]{0,63}$/

/** The error code of a failed job. Anything else, such as text that was written to the column by hand, becomes INTERNAL. */
export function errorCodeIn(recorded: string | null): string | null {
  return recorded === null || errorCode.test(recorded) ? recorded : 'INTERNAL'
}
