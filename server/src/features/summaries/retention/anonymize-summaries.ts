import type { AuditEntry } from '../../../core/audit/record.ts'
import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { anonymousMetadata } from '../plaintext.model.ts'

/**
 * Removes personal data from the metadata of bookings' summaries when retention removes it from the bookings. Deletes
 * summaries without an expiry, which nothing else would delete, and returns their audit entries.
 */
export async function anonymizeSummaries(tx: SqlTransaction, bookingIds: readonly string[]): Promise<AuditEntry[]> {
  const deleted = await tx.$queryRaw<{ id: string; bookingId: string }[]>`
    DELETE FROM context_summaries WHERE "bookingId" = ANY(${[...bookingIds]}::uuid[]) AND "expiresAt" IS NULL
    RETURNING id, "bookingId"`
  const remaining = await tx.$queryRaw<{ id: string; createdAt: Date; metadata: unknown }[]>`
    SELECT id, "createdAt", metadata FROM context_summaries WHERE "bookingId" = ANY(${[...bookingIds]}::uuid[])`
  for (const { id, createdAt, metadata } of remaining) {
    const reduced = JSON.stringify(anonymousMetadata(metadata) ?? {})
    await tx.$executeRaw(Prisma.sql`
      UPDATE context_summaries SET metadata = ${reduced}::jsonb WHERE id = ${id}::uuid AND "createdAt" = ${createdAt}::timestamptz`)
  }
  return deleted.map(
    ({ id, bookingId }): AuditEntry => ({
      action: 'summary.purged',
      resource: 'context_summary',
      resourceId: id,
      bookingId,
      userId: null,
      origin: null,
      metadata: { reason: 'booking_purged' },
    }),
  )
}
