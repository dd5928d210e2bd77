import { type AuditEntry, recordAudit } from '../../../core/audit/record.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { enqueueFirstSummary } from '../../summaries/generate/enqueue-first-summary.ts'
import { enqueueSummary } from '../../summaries/generate/enqueue-summary.ts'
import { redactSummaries } from '../../summaries/retention/redact-summaries.ts'
import type { BookingChangeKind } from '../change-feed/change-cursor.model.ts'
import { kindOfChange, needsNewSummary } from '../lifecycle/diff.model.ts'
import { type Actor, type Cause, changeAuditEntry } from './change-audit-entry.ts'
import type { SavedBooking } from './save-booking.ts'

type Change = Readonly<{ ownerId: string; bookingId: string; kind: BookingChangeKind }>

/**
 * Records and announces what was saved: audit entries, orders for summaries, and the ordered log behind the live
 * subscription. A booking of which nothing changed is not announced. The last thing that a transaction does, because the
 * log's lock makes everything else of an owner wait.
 *
 * @throws AuditUnavailableError
 */
export async function publishChanges(
  tx: Transaction,
  deps: { queue: Pick<Queue, 'enqueue'> },
  saved: readonly SavedBooking[],
  cause: Cause,
): Promise<void> {
  const audit: AuditEntry[] = []
  const changes: Change[] = []
  for (const booking of saved) {
    const isHandedOver = booking.parts.includes('owner')
    audit.push(...booking.audit)
    if (isHandedOver) audit.push(...(await takeOver(tx, booking, cause.actor)))
    if (!booking.isNew && booking.parts.length === 0) continue
    if (booking.parts.includes('sensitivity')) await redactSummaries(tx, booking.bookingId, shownNow(booking))
    audit.push(changeAuditEntry(booking, cause))
    if (booking.isNew) await enqueueFirstSummary(tx, deps, booking.bookingId)
    else if (needsNewSummary(booking.parts)) await enqueueSummary(tx, deps, booking.bookingId)
    changes.push(...changesOf(booking))
  }
  await recordAudit(tx, audit)
  // Sorted: two transactions that touch the same two owners take their locks in the same order.
  for (const change of changes.sort((a, b) => (a.ownerId < b.ownerId ? -1 : 1))) {
    await tx.$executeRaw`
      SELECT append_booking_change(${change.ownerId}::uuid, ${change.bookingId}::uuid, ${change.kind})`
  }
}

function shownNow({ columns }: SavedBooking) {
  const { sensitivity, isAnonymous, metadata } = columns
  return { sensitivity, isAnonymous, attendeeCount: metadata.attendeeCount, timeZone: metadata.organizerTimeZone }
}

/** The summaries of the one who had it are sealed for that person: they go, and new ones are written. */
async function takeOver(tx: Transaction, booking: SavedBooking, actor: Actor | undefined): Promise<AuditEntry[]> {
  const { bookingId, ownerId: toUserId, previousOwnerId: fromUserId } = booking
  if (fromUserId === null) return []
  const summaries = await tx.$queryRaw<{ id: string }[]>`
    DELETE FROM context_summaries WHERE "bookingId" = ${bookingId}::uuid RETURNING id`
  const base = { userId: null, bookingId, origin: null } as const
  return [
    {
      ...base,
      ...actor,
      action: 'booking.handed_over',
      resource: 'booking',
      resourceId: bookingId,
      metadata: { fromUserId, toUserId },
    },
    ...summaries.map(
      ({ id }): AuditEntry => ({
        ...base,
        action: 'summary.purged',
        resource: 'context_summary',
        resourceId: id,
        metadata: { reason: 'replaced' },
      }),
    ),
  ]
}

function changesOf(booking: SavedBooking): Change[] {
  const { bookingId, ownerId, previousOwnerId } = booking
  if (previousOwnerId === null || !booking.parts.includes('owner'))
    return [{ ownerId, bookingId, kind: kindOfChange(booking) }]
  return [
    { ownerId: previousOwnerId, bookingId, kind: 'removed' },
    { ownerId, bookingId, kind: 'created' },
  ]
}
