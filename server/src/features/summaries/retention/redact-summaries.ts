import type { Transaction } from '../../../platform/database/client.ts'
import { summaryMetadataSchema } from '../model.ts'
import { redactedMetadata, revealsTooMuch } from '../plaintext.model.ts'

/** What a booking may show by now. */
type Present = Parameters<typeof revealsTooMuch>[1] & Parameters<typeof redactedMetadata>[1]

/**
 * Cuts down what stands in clear beside a booking's summaries, where the booking has become one that shows less. In the
 * transaction that made it so: until the summary is written anew, names would stand there that may stand nowhere.
 */
export async function redactSummaries(tx: Transaction, bookingId: string, now: Present): Promise<void> {
  const summaries = await tx.contextSummary.findMany({ where: { bookingId }, select: { id: true, metadata: true } })
  for (const { id, metadata } of summaries) {
    const { data: clear } = summaryMetadataSchema.safeParse(metadata)
    // What is no metadata of ours is shown to nobody.
    if (clear === undefined || !revealsTooMuch(clear, now)) continue
    await tx.contextSummary.updateMany({ where: { id, bookingId }, data: { metadata: redactedMetadata(clear, now) } })
  }
}
