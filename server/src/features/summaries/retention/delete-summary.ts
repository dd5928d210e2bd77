import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Withdrawals } from '../../../core/restore/withdrawals.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'

/**
 * Deletes a summary of one of the viewer's own bookings, on record, and tells the subscribers. Another is written when the
 * booking changes.
 *
 * Returns the booking's id.
 *
 * @throws NotFoundError when there is no such summary, or its booking is another's; AuditUnavailableError
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
    // Last: it holds a lock on the owner's whole log until the commit.
    await tx.$queryRaw`SELECT append_booking_change(${viewer.userId}::uuid, ${bookingId}::uuid, 'updated')`
    return bookingId
  })
}

/** The viewer's booking that the summary is of, its key locked: until the commit nobody hands it over, nor writes another. */
async function lockOwnBookingOf(tx: Transaction, { userId }: PersonViewer, summaryId: string): Promise<string | null> {
  const [key] = await tx.$queryRaw<{ id: string }[]>`
    SELECT k.id FROM context_summaries s JOIN booking_keys k ON k.id = s."bookingId"
    WHERE s.id = ${summaryId}::uuid
    FOR NO KEY UPDATE OF k`
  if (key === undefined) return null
  return (await tx.booking.count({ where: { id: key.id, userId } })) === 0 ? null : key.id
}
