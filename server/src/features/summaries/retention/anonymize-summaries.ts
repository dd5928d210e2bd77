import type { AuditEntry } from '../../../core/audit/record.ts'
import { Prisma, type Transaction } from '../../../platform/database/client.ts'
import { anonymousMetadata } from '../plaintext.model.ts'

/**
 * Takes what tells of people from the metadata of these bookings' summaries, when retention takes it from the bookings. A
 * summary with no expiry goes with its booking's people: nothing else would ever delete it. Returns the entries of those.
 */
export async function anonymizeSummaries(tx: Transaction, bookingIds: readonly string[]): Promise<AuditEntry[]> {
  const deleted = await tx.$queryRaw<{ id: string; bookingId: string }[]>`
    DELETE FROM context_summaries WHERE "bookingId" = ANY(${[...bookingIds]}::uuid[]) AND "expiresAt" IS NULL
    RETURNING id, "bookingId"`
  const kept = await tx.$queryRaw<{ id: string; createdAt: Date; metadata: unknown }[]>`
    SELECT id, "createdAt", metadata FROM context_summaries WHERE "bookingId" = ANY(${[...bookingIds]}::uuid[])`
  for (const { id, createdAt, metadata } of kept) {
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
