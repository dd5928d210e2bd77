import type { Origin } from '../../../core/access/viewer.ts'
import { type AuditEntry, recordAudit } from '../../../core/audit/record.ts'
import { Prisma } from '../../../platform/database/client.ts'
import { type SqlTransaction, sendInOrder } from '../../../platform/database/run-pipelined.ts'
import type { BookingChangeKind } from '../change-feed/position.model.ts'
import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import { kindOfChange, needsNewSummary } from '../lifecycle/diff.model.ts'
import type { PlaintextColumns } from '../lifecycle/plaintext-columns.model.ts'
import { insertDeliveries, type RecordedDelivery } from './deliveries.ts'
import type { SavedBooking } from './save-bookings.ts'

/**
 * The summary operations that bookings need, passed in because summaries depend on bookings. Each runs in the caller's
 * transaction.
 */
export type BookingSummaries = Readonly<{
  /** Enqueues a new summary for each booking. `isNew`: no job for it can exist yet. */
  enqueue(tx: SqlTransaction, requests: readonly Readonly<{ bookingId: string; isNew: boolean }>[]): Promise<void>
  /** Redacts the plaintext metadata of a booking's summaries after its sensitivity is raised. */
  redact(tx: SqlTransaction, bookingId: string, now: ShownNow): Promise<void>
  /** Removes personal data from the summaries of bookings that retention empties. Returns the audit entries. */
  anonymize(tx: SqlTransaction, bookingIds: readonly string[]): Promise<AuditEntry[]>
  /** Deletes the summaries of bookings with a new owner. Returns the audit entries. */
  deleteReplaced(tx: SqlTransaction, bookingIds: readonly string[]): Promise<AuditEntry[]>
}>

/** What a booking may show now. */
type ShownNow = Readonly<{
  sensitivity: PlaintextColumns['sensitivity']
  isAnonymous: boolean
  attendeeCount: number
  timeZone: string | null
}>

/** The event that changed the bookings, and the user if it was one of ChurchHub's. */
type Cause = Readonly<{ trigger: string; deliveryId: string | null; event: CalEvent | null; actor?: Actor }>

type Actor = Readonly<{ userId: string; origin: Origin }>

/** A saved booking and the cause of its change. */
export type PublishedChange = Readonly<{ booking: SavedBooking; cause: Cause }>

type Change = Readonly<{ ownerId: string; bookingId: string; kind: BookingChangeKind }>

/**
 * Records and publishes saved bookings: audit entries, summary jobs, and the ordered change log behind the live
 * subscription. Unchanged bookings are not published. Call this last in a transaction, because the change log's lock
 * blocks all other changes of an owner.
 *
 * @param deliveries - recorded in the same statement as the changes
 * @throws AuditUnavailableError
 */
export async function publishChanges(
  tx: SqlTransaction,
  { summaries }: Readonly<{ summaries: BookingSummaries }>,
  saved: readonly PublishedChange[],
  deliveries: readonly RecordedDelivery[] = [],
): Promise<void> {
  const changed = saved.filter(({ booking }) => booking.isNew || booking.parts.length > 0).map(({ booking }) => booking)
  const audit = saved.flatMap(({ booking, cause }) => auditEntriesOf(booking, cause))
  const handedOver = saved.filter(({ booking }) => isHandedOver(booking)).map(({ booking }) => booking.bookingId)
  if (handedOver.length > 0) audit.push(...(await summaries.deleteReplaced(tx, handedOver)))
  for (const booking of changed) {
    if (booking.parts.includes('sensitivity')) await summaries.redact(tx, booking.bookingId, shownNow(booking))
  }
  const outdated = changed.filter(({ isNew, parts }) => isNew || needsNewSummary(parts))
  await sendInOrder(tx, [
    () => summaries.enqueue(tx, outdated),
    () => recordAudit(tx, audit),
    () => appendChanges(tx, changed.flatMap(changesOf), deliveries),
  ])
}

function isHandedOver({ parts, previousOwnerId }: SavedBooking): boolean {
  return previousOwnerId !== null && parts.includes('owner')
}

function shownNow({ columns }: SavedBooking): ShownNow {
  const { sensitivity, isAnonymous, metadata } = columns
  return { sensitivity, isAnonymous, attendeeCount: metadata.attendeeCount, timeZone: metadata.organizerTimeZone }
}

function auditEntriesOf(booking: SavedBooking, cause: Cause): AuditEntry[] {
  const entries = [...booking.audit]
  if (isHandedOver(booking)) entries.push(handOverEntry(booking, cause.actor))
  if (booking.isNew || booking.parts.length > 0) entries.push(changeEntry(booking, cause))
  return entries
}

const auditActions = {
  created: 'booking.created',
  cancelled: 'booking.cancelled',
  rescheduled: 'booking.rescheduled',
  updated: 'booking.updated',
} as const

function changeEntry(booking: SavedBooking, { trigger, deliveryId, event }: Cause): AuditEntry {
  const sequence = event?.kind === 'booking' ? event.sequence : null
  return {
    action: auditActions[kindOfChange(booking)],
    resource: 'booking',
    resourceId: booking.bookingId,
    userId: null,
    bookingId: booking.bookingId,
    origin: null,
    metadata: {
      trigger,
      ...(deliveryId !== null && { deliveryId }),
      ...(sequence !== null && { sequence }),
      ...(booking.isNew && { ownerId: booking.ownerId }),
      status: booking.columns.status,
      sensitivity: booking.columns.sensitivity,
      ...(booking.parts.length > 0 && { changed: [...booking.parts] }),
    },
  }
}

function handOverEntry({ bookingId, ownerId, previousOwnerId }: SavedBooking, actor: Actor | undefined): AuditEntry {
  return {
    userId: null,
    bookingId,
    origin: null,
    ...actor,
    action: 'booking.handed_over',
    resource: 'booking',
    resourceId: bookingId,
    metadata: { fromUserId: previousOwnerId ?? ownerId, toUserId: ownerId },
  }
}

function changesOf(booking: SavedBooking): Change[] {
  const { bookingId, ownerId, previousOwnerId } = booking
  if (previousOwnerId === null || !isHandedOver(booking)) return [{ ownerId, bookingId, kind: kindOfChange(booking) }]
  return [
    { ownerId: previousOwnerId, bookingId, kind: 'removed' },
    { ownerId, bookingId, kind: 'created' },
  ]
}

async function appendChanges(
  tx: SqlTransaction,
  changes: readonly Change[],
  deliveries: readonly RecordedDelivery[],
): Promise<void> {
  if (changes.length === 0) {
    if (deliveries.length > 0) await tx.$executeRaw(insertDeliveries(deliveries))
    return
  }
  // Sorted, so that transactions with the same owners take their locks in the same order.
  const append = Prisma.sql`
    SELECT append_booking_change(owner, booking, kind)
    FROM (
      SELECT owner, booking, kind
      FROM unnest(${changes.map(({ ownerId }) => ownerId)}::uuid[], ${changes.map(({ bookingId }) => bookingId)}::uuid[],
        ${changes.map(({ kind }) => kind)}::text[]) WITH ORDINALITY AS c (owner, booking, kind, at)
      ORDER BY owner, at OFFSET 0
    ) AS sorted`
  await tx.$executeRaw(
    deliveries.length === 0 ? append : Prisma.sql`WITH delivery AS (${insertDeliveries(deliveries)}) ${append}`,
  )
}
