import type { PersonViewer } from '../../../core/access/viewer.ts'
import type { Database } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { summaryMetadataSchema } from '../model.ts'

export type Verdict = 'useful' | 'wrong'

/**
 * Stores the pastor's verdict on a summary of one of their bookings, with its method and model but none of its text; null
 * deletes it. The verdict outlives the summary.
 *
 * @throws NotFoundError if the summary doesn't exist or its booking isn't the viewer's
 */
export async function giveSummaryFeedback(
  { database }: Readonly<{ database: Database }>,
  viewer: PersonViewer,
  { summaryId, verdict }: Readonly<{ summaryId: string; verdict: Verdict | null }>,
): Promise<void> {
  if (!isUuid(summaryId)) throw new NotFoundError()
  await runTransaction(database, async (tx) => {
    const summary = await tx.contextSummary.findFirst({
      where: { id: summaryId, booking: { userId: viewer.userId } },
      select: { bookingId: true, metadata: true },
    })
    if (summary === null) throw new NotFoundError()
    if (verdict === null) {
      await tx.summaryFeedback.deleteMany({ where: { summaryId } })
      return
    }
    const { method, provider = null, model = null } = summaryMetadataSchema.parse(summary.metadata)
    const { bookingId } = summary
    const { userId } = viewer
    await tx.summaryFeedback.upsert({
      where: { summaryId },
      create: { summaryId, bookingId, userId, verdict, method, provider, model },
      update: { verdict },
    })
  })
}
