import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'

export type DeleteExpiredMessagesDeps = Readonly<{ database: Database; clock: Clock }>

const retentionMs = 30 * 24 * 3_600_000
const batchSize = 1_000

/** Deletes messages older than 30 days that are no longer pending, in batches. Returns how many. */
export async function deleteExpiredMessages({ database, clock }: DeleteExpiredMessagesDeps): Promise<number> {
  const before = new Date(clock.now().getTime() - retentionMs)
  let removed = 0
  for (;;) {
    const count = await database.$executeRaw`
      DELETE FROM webhook_messages WHERE id IN (
        SELECT id FROM webhook_messages WHERE "createdAt" < ${before}::timestamptz AND status <> 'pending'
        LIMIT ${batchSize}
      )`
    removed += count
    if (count < batchSize) return removed
  }
}
