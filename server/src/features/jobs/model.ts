/** The jobs that people see, in `worker_jobs`: its enum "JobType". Any other job is the house's own upkeep. */
const recordedJobTypes = ['generate-summary', 'send-reminder', 'jit-validate', 'purge-sensitive'] as const

/** Whether a job gets a row in `worker_jobs`. */
export function isRecorded(job: Readonly<{ name: string }>): boolean {
  return recordedJobTypes.some((type) => type === job.name)
}

/** What `worker_jobs.error` says of a job that no worker has settled: its workers crashed or hung. */
export const LOST = 'LOST'

/** What it says of a job that an admin cancelled before a worker had it. */
export const CANCELLED = 'CANCELLED'

const errorCode = /^[A-Z][A-Z_]{0,63}$/

/** The code that a record gives for a failure. What is none, such as text that somebody wrote there by hand, is INTERNAL. */
export function errorCodeIn(recorded: string | null): string | null {
  return recorded === null || errorCode.test(recorded) ? recorded : 'INTERNAL'
}
