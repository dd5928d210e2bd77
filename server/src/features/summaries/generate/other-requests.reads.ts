import type { Database } from '../../../platform/database/client.ts'

/** The other orders of a booking's summary, as the job of one of them finds them. */
export type OtherRequests = Readonly<{
  /**
   * One of them begins later than this job, with no fewer attempts left: it will see all that this one was ordered for,
   * which was committed before this one began.
   */
  isSuperseded: boolean
  /** One that began before is still at it. */
  isUnderWay: boolean
}>

/** Reads how the other orders stand. A job without a record, such as one of a test, has none. */
export async function readOtherRequests(
  database: Database,
  { bookingId, jobId }: Readonly<{ bookingId: string; jobId: string }>,
): Promise<OtherRequests> {
  const [found] = await database.$queryRaw<OtherRequests[]>`
    SELECT
      COALESCE(bool_or(CASE other.status
        WHEN 'pending' THEN other.attempts < mine.attempts
        ELSE other.attempts <= mine.attempts AND (other."startedAt", other.id) > (mine."startedAt", mine.id)
      END), false) AS "isSuperseded",
      COALESCE(bool_or(other.status = 'processing' AND (other."startedAt", other.id) < (mine."startedAt", mine.id)), false)
        AS "isUnderWay"
    FROM worker_jobs mine JOIN worker_jobs other
      ON other."jobType" = 'generate-summary' AND other.status IN ('pending', 'processing')
      AND other.payload->>'bookingId' = ${bookingId} AND other.id <> mine.id
    WHERE mine.id = ${jobId}::uuid`
  return found ?? { isSuperseded: false, isUnderWay: false }
}
