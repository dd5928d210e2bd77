import { recordAudit } from '../../../core/audit/record.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { enqueueFirstSummaries } from '../../summaries/generate/enqueue-first-summaries.ts'
import type { BookingChangeKind } from '../change-feed/change-cursor.model.ts'
import type { BookingEvent } from '../lifecycle/cal-event.model.ts'
import { changeAuditEntry } from './change-audit-entry.ts'
import type { SavedBooking } from './save-booking.ts'

/** A new booking, and the event and the delivery that it began with. */
export type PublishedBooking = Readonly<{
  saved: SavedBooking
  event: BookingEvent
  delivery: Readonly<{ id: string }>
}>

/**
 * What `tellOfChanges` does, for many bookings that are all new. The last thing that a transaction does.
 *
 * @throws AuditUnavailableError
 */
export async function publishNewBookings(
  tx: SqlTransaction,
  deps: { queue: Pick<Queue, 'enqueueAll'> },
  told: readonly PublishedBooking[],
): Promise<void> {
  if (told.length === 0) return
  const bookingIds = told.map(({ saved }) => saved.bookingId)
  const audit = told.flatMap(({ saved, event, delivery }) => [
    ...saved.audit,
    changeAuditEntry(saved, { trigger: event.trigger, deliveryId: delivery.id, event }),
  ])
  await Promise.all([enqueueFirstSummaries(tx, deps, bookingIds), recordAudit(tx, audit)])
  const created: BookingChangeKind = 'created'
  // Sorted: two transactions that touch the same two owners take their locks in the same order.
  await tx.$executeRaw`
    SELECT append_booking_change(owner, booking, ${created})
    FROM (
      SELECT * FROM unnest(${told.map(({ saved }) => saved.ownerId)}::uuid[], ${bookingIds}::uuid[]) AS c (owner, booking)
      ORDER BY owner, booking OFFSET 0
    ) AS sorted`
}
