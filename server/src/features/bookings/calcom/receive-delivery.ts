import { createHash } from 'node:crypto'
import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { SYSTEM_OWNER } from '../../../core/vault/aad-context.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { databaseFailureOf } from '../../../platform/database/failure.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { Log } from '../../../platform/logging/log.ts'
import { type Applied, type ApplyDeps, applyEvent } from '../write/apply-event.ts'
import { batchNewBookings } from '../write/batch-new-bookings.ts'
import { type DeliveryOutcome, organizerText, shownTrigger } from '../write/delivery.model.ts'
import { identifiersOf } from '../write/identifiers.model.ts'
import { newBookingIn } from '../write/new-booking.model.ts'
import { type DeliveryRow, recordDelivery } from '../write/record-delivery.ts'
import { applyPendingForBooking } from './apply-pending-for-booking.ts'
import type { ParsedDelivery } from './cal-payload.model.ts'

export type ReceiveDeps = ApplyDeps &
  Readonly<{ database: Database; log: Pick<Log, 'error'>; queue: Pick<Queue, 'enqueue' | 'enqueueAll'> }>

/** A delivery whose signature was right. */
export type Delivery = Readonly<{
  body: Buffer
  parsed: ParsedDelivery
  /** The pastor whose own secret signed it; null for the church's. */
  signedBy: string | null
}>

/** What became of it. A delivery that is here already is a duplicate, and changes nothing. */
export type Received = Readonly<{ outcome: DeliveryOutcome | 'duplicate'; bookingId: string | null }>

/**
 * Takes in what Cal.com delivered, in one transaction: the delivery is remembered once (by the digest of its body and of
 * who signed it) and sealed, and what it says is applied. Path 1 of design §1. Bookings that begin at the same time share
 * their transaction.
 *
 * A delivery that can't be applied for any reason but the database's absence is kept as `received` and applied later:
 * Cal.com sends nothing twice, whatever it is answered.
 *
 * @throws what the database throws when it can't be reached, and RateLimitedError where too many wait for it; then nothing
 *   was kept
 */
export async function receiveDelivery(deps: ReceiveDeps, delivery: Delivery): Promise<Received> {
  const row = await sealedRow(deps, delivery)
  const event = newBookingIn(delivery.parsed)
  const begun = event && (await batchNewBookings(deps, { event, signedBy: delivery.signedBy, delivery: row }))
  if (begun !== null) return { outcome: 'applied', bookingId: begun.bookingId }
  for (let tries = 1; ; tries += 1) {
    try {
      return await runTransaction(deps.database, (tx) => receiveIn(tx, deps, delivery, row))
    } catch (error) {
      if (databaseFailureOf(error) === 'unavailable') throw error
      // A log that could not be written is waited for, and will not be there the next moment.
      if (tries < 2 && !(error instanceof AuditUnavailableError)) continue
      deps.log.error({ err: error, deliveryId: row.id, trigger: row.trigger }, 'a delivery is kept but not yet applied')
      return await runTransaction(deps.database, (tx) => keepForLater(tx, deps, row))
    }
  }
}

const duplicate: Received = { outcome: 'duplicate', bookingId: null }

async function sealedRow(deps: ReceiveDeps, { body, parsed, signedBy }: Delivery): Promise<DeliveryRow> {
  const id = deps.newId()
  const place = { column: 'webhook_deliveries.sealedBody', rowId: id, ownerId: SYSTEM_OWNER } as const
  return {
    id,
    digest: digestOf(body, signedBy),
    trigger: shownTrigger(parsed.trigger),
    calBookingUid: uidIn(parsed),
    userId: signedBy,
    outcome: 'received',
    // Base64 keeps every byte, also of a body that is no text.
    sealedBody: await deps.vault.seal(body.toString('base64'), place),
    eventCreatedAt: parsed.createdAt,
    receivedAt: deps.clock.now(),
  }
}

/**
 * What tells a delivery from every other. The same bytes under two secrets are two deliveries: the church's word counts
 * for more than a pastor's, and must not be lost because the pastor's own came first.
 */
function digestOf(body: Buffer, signedBy: string | null): string {
  const hash = createHash('sha256')
  if (signedBy !== null) hash.update(`signed by ${signedBy}\n`)
  return hash.update(body).digest('hex')
}

/** The booking that it is about: its uid, or `#` and its number where it gives no uid. */
function uidIn(parsed: ParsedDelivery): string | null {
  if (parsed.kind === 'unknown') return parsed.uid
  if (parsed.kind !== 'event') return null
  const { uid, calBookingId } = parsed.event
  return uid ?? `#${calBookingId}`
}

/** Keeps it, and has it applied as soon as that works, which the timetable alone would do minutes later. */
async function keepForLater(
  tx: Transaction,
  { queue }: Pick<ReceiveDeps, 'queue'>,
  row: DeliveryRow,
): Promise<Received> {
  if (!(await recordDelivery(tx, row))) return duplicate
  await queue.enqueue(tx, 'apply-waiting-deliveries', {})
  return { outcome: row.outcome, bookingId: null }
}

async function receiveIn(tx: Transaction, deps: ReceiveDeps, delivery: Delivery, row: DeliveryRow): Promise<Received> {
  const { parsed, signedBy } = delivery
  const outcome = parsed.kind === 'ping' || parsed.kind === 'unreadable' ? parsed.kind : 'unknown_trigger'
  if (parsed.kind !== 'event') {
    if (!(await recordDelivery(tx, { ...row, outcome }))) return duplicate
    if (outcome === 'unknown_trigger') await recordUnmatched(tx, row, 'unknown_trigger')
    return { outcome, bookingId: null }
  }
  const { event } = parsed
  if (!(await recordDelivery(tx, row, identifiersOf(event)))) return duplicate
  const applied = await applyEvent(tx, deps, { event, signedBy, deliveryId: row.id, isLocked: true })
  if (applied.outcome === 'unknown_organizer') await recordUnmatched(tx, row, 'unknown_organizer')
  await settle(tx, deps, row.id, applied, organizerText(event))
  if (applied.isNew) await applyPendingForBooking(tx, deps, event)
  return { outcome: applied.outcome, bookingId: applied.bookingId }
}

async function settle(
  tx: Transaction,
  { clock }: Pick<ReceiveDeps, 'clock'>,
  id: string,
  { outcome, bookingId, ownerId }: Applied,
  organizer: string | null,
): Promise<void> {
  const isSettled = outcome === 'applied' || outcome === 'stale'
  const data = isSettled
    ? { outcome, bookingId, userId: ownerId, appliedAt: clock.now() }
    : { outcome, organizer: outcome === 'unknown_organizer' ? organizer : null }
  await tx.webhookDelivery.updateMany({ where: { id }, data })
}

async function recordUnmatched(
  tx: Transaction,
  { id, trigger }: Pick<DeliveryRow, 'id' | 'trigger'>,
  reason: 'unknown_organizer' | 'unknown_trigger',
): Promise<void> {
  await recordAudit(tx, [
    {
      action: 'delivery.unmatched',
      resource: 'webhook_delivery',
      resourceId: id,
      userId: null,
      bookingId: null,
      origin: null,
      metadata: { trigger, reason },
    },
  ])
}
