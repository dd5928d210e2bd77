import type { Transaction } from '../../../platform/database/client.ts'
import { summaryMetadataSchema } from '../model.ts'
import { redactedMetadata, revealsTooMuch } from '../plaintext.model.ts'

/** The booking's current properties that redaction depends on. */
type Present = Parameters<typeof revealsTooMuch>[1] & Parameters<typeof redactedMetadata>[1]

/**
 * Redacts the plaintext metadata of a booking's summaries if the booking became more sensitive. In the same transaction,
 * because the new summary is written later and the metadata may contain names until then.
 */
export async function redactSummaries(tx: Transaction, bookingId: string, now: Present): Promise<void> {
  const summaries = await tx.contextSummary.findMany({ where: { bookingId }, select: { id: true, metadata: true } })
  for (const { id, metadata } of summaries) {
    const { data: plaintext } = summaryMetadataSchema.safeParse(metadata)
    // Invalid metadata is never shown.
    if (plaintext === undefined || !revealsTooMuch(plaintext, now)) continue
    await tx.contextSummary.updateMany({
      where: { id, bookingId },
      data: { metadata: redactedMetadata(plaintext, now) },
    })
  }
}
