import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Withdrawals } from '../../../core/restore/withdrawals.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'

/**
 * Deletes a summary of one of the viewer's own bookings, records it, and notifies subscribers. The next change of the
 * booking creates a new summary. Returns the booking's ID.
 *
 * @throws NotFoundError if the summary doesn't exist or its booking isn't the viewer's; AuditUnavailableError
 */
export async function deleteSummary(
  { database, withdrawals }: Readonly<{ database: Database; withdrawals: Withdrawals }>,
  viewer: PersonViewer,
  origin: Origin,
  summaryId: string,
): Promise<string> {
  if (!isUuid(summaryId)) throw new NotFoundError()
  return runTransaction(database, async (tx) => {
    const bookingId = await lockOwnBookingOf(tx, viewer, summaryId)
    if (bookingId === null) throw new NotFoundError()
    const { count } = await tx.contextSummary.deleteMany({ where: { id: summaryId, bookingId } })
    if (count === 0) throw new NotFoundError()
    await withdrawals.record(tx, { kind: 'summary_deleted', bookingId, summaryId })
    await recordAudit(tx, [
      {
        action: 'summary.purged',
        resource: 'context_summary',
        resourceId: summaryId,
        bookingId,
        userId: viewer.userId,
        origin,
        metadata: { reason: 'requested' },
      },
    ])
    // Last, because it locks the owner's change feed until the commit.
    await tx.$queryRaw`SELECT append_booking_change(${viewer.userId}::uuid, ${bookingId}::uuid, 'updated')`
    return bookingId
  })
}

/**
 * Locks the key of the viewer's booking that a summary belongs to, so that it can't be handed over or get another summary
 * before the commit. Null if it isn't the viewer's.
 */
async function lockOwnBookingOf(tx: Transaction, { userId }: PersonViewer, summaryId: string): Promise<string | null> {
  const [key] = await tx.$queryRaw<{ id: string }[]>`
    SELECT k.id FROM context_summaries s JOIN booking_keys k ON k.id = s."bookingId"
    WHERE s.id = ${summaryId}::uuid
    FOR NO KEY UPDATE OF k`
  if (key === undefined) return null
  return (await tx.booking.count({ where: { id: key.id, userId } })) === 0 ? null : key.id
}
