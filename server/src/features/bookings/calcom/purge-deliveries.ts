import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { dayMs } from '../../../platform/durations.ts'

/**
 * Deletes a batch of deliveries older than `retentionDays`, whatever their outcome, with one audit entry per batch.
 * Returns the number deleted. Fewer than `batch` means that no more are due.
 *
 * @throws AuditUnavailableError
 */
export async function purgeDeliveries(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  { batch, retentionDays }: Readonly<{ batch: number; retentionDays: number }>,
): Promise<number> {
  const before = new Date(clock.now().getTime() - retentionDays * dayMs)
  return runTransaction(database, async (tx) => {
    const count = await tx.$executeRaw`
      DELETE FROM webhook_deliveries WHERE id IN (
        SELECT id FROM webhook_deliveries WHERE "receivedAt" < ${before}::timestamptz
        LIMIT ${batch}::int FOR UPDATE SKIP LOCKED
      )`
    if (count === 0) return 0
    await recordAudit(tx, [
      {
        action: 'delivery.purged',
        resource: 'webhook_delivery',
        resourceId: null,
        bookingId: null,
        userId: null,
        origin: null,
        metadata: { count, before: before.toISOString() },
      },
    ])
    return count
  })
}
