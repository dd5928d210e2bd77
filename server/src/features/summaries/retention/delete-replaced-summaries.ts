import type { AuditEntry } from '../../../core/audit/record.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'

/**
 * Deletes the summaries of bookings that got another owner: they are encrypted for the previous one, and new ones are
 * written. Returns the audit entries.
 */
export async function deleteReplacedSummaries(
  tx: SqlTransaction,
  bookingIds: readonly string[],
): Promise<AuditEntry[]> {
  const deleted = await tx.$queryRaw<{ id: string; bookingId: string }[]>`
    DELETE FROM context_summaries WHERE "bookingId" = ANY(${[...bookingIds]}::uuid[]) RETURNING id, "bookingId"`
  return deleted.map(
    ({ id, bookingId }): AuditEntry => ({
      action: 'summary.purged',
      resource: 'context_summary',
      resourceId: id,
      bookingId,
      userId: null,
      origin: null,
      metadata: { reason: 'replaced' },
    }),
  )
}
