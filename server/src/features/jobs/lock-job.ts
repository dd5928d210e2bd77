import { z } from 'zod'
import type { Transaction } from '../../platform/database/client.ts'
import type { JobPayload } from '../../platform/jobs/queue.ts'

/** A job's record, locked until the end of the transaction. */
export type LockedJob = Readonly<{ jobType: string; status: string; payload: JobPayload; maxAttempts: number }>

/** Reads and locks a job's record until the end of the transaction. Null if there is none. */
export async function lockJob(tx: Transaction, jobId: string): Promise<LockedJob | null> {
  if (!z.uuid().safeParse(jobId).success) return null
  const rows = await tx.$queryRaw<LockedJob[]>`
    SELECT "jobType"::text, status::text, payload, "maxAttempts" FROM worker_jobs WHERE id = ${jobId}::uuid FOR UPDATE`
  return rows[0] ?? null
}
