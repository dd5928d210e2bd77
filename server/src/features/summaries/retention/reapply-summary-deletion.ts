import { recordAudit } from '../../../core/audit/record.ts'
import type { Transaction } from '../../../platform/database/client.ts'

/** After a restore, deletes the summaries of a booking that are older than a recorded request to delete its summary. */
export async function reapplySummaryDeletion(
  tx: Transaction,
  { bookingId, summaryId, at }: Readonly<{ bookingId: string; summaryId: string; at: Date }>,
): Promise<boolean> {
  await tx.$queryRaw`SELECT id FROM booking_keys WHERE id = ${bookingId}::uuid FOR NO KEY UPDATE`
  const deleted = await tx.$queryRaw<{ id: string }[]>`
    DELETE FROM context_summaries
    WHERE "bookingId" = ${bookingId}::uuid AND (id = ${summaryId}::uuid OR "createdAt" <= ${at}::timestamptz)
    RETURNING id`
  await recordAudit(
    tx,
    deleted.map(({ id }) => ({
      action: 'summary.purged',
      resource: 'context_summary',
      resourceId: id,
      bookingId,
      userId: null,
      origin: null,
      metadata: { reason: 'requested' },
    })),
  )
  return deleted.length > 0
}
