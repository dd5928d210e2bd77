import type { PersonViewer } from '../../../core/access/viewer.ts'
import type { Database } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { ConflictError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { enqueueSummaries } from './enqueue-summaries.ts'

/**
 * Enqueues a new summary of one of the viewer's own bookings. The current one stays until the new one replaces it;
 * subscribers are notified then. Has no effect while such a job is pending.
 *
 * @throws NotFoundError if the booking doesn't exist or isn't the viewer's; ConflictError if it no longer takes place
 */
export async function regenerateSummary(
  deps: Readonly<{ database: Database; queue: Pick<Queue, 'enqueueAll'> }>,
  viewer: PersonViewer,
  bookingId: string,
): Promise<void> {
  if (!isUuid(bookingId)) throw new NotFoundError()
  await runTransaction(deps.database, async (tx) => {
    await tx.$queryRaw`SELECT id FROM booking_keys WHERE id = ${bookingId}::uuid FOR NO KEY UPDATE`
    const [booking] = await tx.$queryRaw<{ status: string }[]>`
      SELECT b.status::text
      FROM booking_keys k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
      WHERE k.id = ${bookingId}::uuid AND b."userId" = ${viewer.userId}::uuid`
    if (booking === undefined) throw new NotFoundError()
    if (['cancelled', 'rejected', 'rescheduled'].includes(booking.status)) {
      throw new ConflictError("This booking no longer takes place, so it can't get a summary.")
    }
    await enqueueSummaries(tx, deps, [{ bookingId, isNew: false }])
  })
}
