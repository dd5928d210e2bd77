import type { Database } from '../../platform/database/client.ts'

/** Whether another job, begun before this one, is writing a summary of the booking just now. */
export async function isWrittenElsewhere(
  database: Database,
  { bookingId, jobId }: Readonly<{ bookingId: string; jobId: string }>,
): Promise<boolean> {
  const [found] = await database.$queryRaw<{ isUnderWay: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM worker_jobs mine JOIN worker_jobs other
        ON other."jobType" = 'generate-summary' AND other.status = 'processing'
        AND other.payload->>'bookingId' = ${bookingId}
        AND (other."startedAt", other.id) < (mine."startedAt", mine.id)
      WHERE mine.id = ${jobId}::uuid
    ) AS "isUnderWay"`
  return found?.isUnderWay === true
}
