import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { summaryMetadataSchema } from '../model.ts'
import { redactedMetadata, revealsTooMuch } from '../plaintext.model.ts'

/** The booking's current properties that redaction depends on. */
type Present = Parameters<typeof revealsTooMuch>[1] & Parameters<typeof redactedMetadata>[1]

/**
 * Redacts the plaintext metadata of a booking's summaries if the booking became more sensitive. In the same transaction,
 * because the new summary is written later and the metadata may contain names until then.
 */
export async function redactSummaries(tx: SqlTransaction, bookingId: string, now: Present): Promise<void> {
  const summaries = await tx.$queryRaw<{ id: string; metadata: unknown }[]>`
    SELECT id, metadata FROM context_summaries WHERE "bookingId" = ${bookingId}::uuid`
  for (const { id, metadata } of summaries) {
    const { data: plaintext } = summaryMetadataSchema.safeParse(metadata)
    // Invalid metadata is never shown.
    if (plaintext === undefined || !revealsTooMuch(plaintext, now)) continue
    const redacted = JSON.stringify(redactedMetadata(plaintext, now))
    await tx.$executeRaw`
      UPDATE context_summaries SET metadata = ${redacted}::jsonb WHERE id = ${id}::uuid AND "bookingId" = ${bookingId}::uuid`
  }
}
