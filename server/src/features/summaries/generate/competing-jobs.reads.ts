import type { Database } from '../../../platform/database/client.ts'

/** The other jobs for the same booking's summary, seen from one of them. */
export type CompetingJobs = Readonly<{
  /**
   * Another job starts later and has at least as many attempts left. It sees everything this job was enqueued for, because
   * that was committed before this one started.
   */
  isSuperseded: boolean
  /** Another job that started earlier is still running. */
  isRunning: boolean
}>

/** Reads the state of the competing jobs. For a job without a record, both are false. */
export async function readCompetingJobs(
  database: Database,
  { bookingId, jobId }: Readonly<{ bookingId: string; jobId: string }>,
): Promise<CompetingJobs> {
  const [found] = await database.$queryRaw<CompetingJobs[]>`
    SELECT
      COALESCE(bool_or(CASE other.status
        WHEN 'pending' THEN other.attempts < mine.attempts
        ELSE other.attempts <= mine.attempts AND (other."startedAt", other.id) > (mine."startedAt", mine.id)
      END), false) AS "isSuperseded",
      COALESCE(bool_or(other.status = 'processing' AND (other."startedAt", other.id) < (mine."startedAt", mine.id)), false)
        AS "isRunning"
    FROM worker_jobs mine JOIN worker_jobs other
      ON other."jobType" = 'generate-summary' AND other.status IN ('pending', 'processing')
      AND other.payload->>'bookingId' = ${bookingId} AND other.id <> mine.id
    WHERE mine.id = ${jobId}::uuid`
  return found ?? { isSuperseded: false, isRunning: false }
}
