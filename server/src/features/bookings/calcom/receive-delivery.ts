import { createHash } from 'node:crypto'
import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { SYSTEM_OWNER } from '../../../core/vault/aad-context.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { databaseFailureOf } from '../../../platform/database/failure.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { Log } from '../../../platform/logging/log.ts'
import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import { type ApplyDeps, applyEvents } from '../write/apply-events.ts'
import type { BookingBatcher } from '../write/create-booking-batcher.ts'
import { type DeliveryRow, recordDelivery } from '../write/deliveries.ts'
import { type DeliveryOutcome, outcomeOfOtherTrigger, shownTrigger } from '../write/delivery.model.ts'
import type { ParsedDelivery } from './cal-payload.model.ts'
import { applyPendingForBooking } from './pending-deliveries.ts'

export type ReceiveDeps = ApplyDeps &
  Readonly<{
    database: Database
    log: Pick<Log, 'error'>
    queue: Pick<Queue, 'enqueue'>
    /** Applies new bookings in batches, several per transaction. */
    applyInBatch: BookingBatcher
  }>

/** A delivery with a valid signature. */
export type Delivery = Readonly<{
  body: Buffer
  parsed: ParsedDelivery
  /** The pastor whose own secret signed it. Null for the church's secret. */
  signedBy: string | null
}>

/** The outcome of a delivery. A delivery that is already recorded is a duplicate, and changes nothing. */
export type Received = Readonly<{ outcome: DeliveryOutcome | 'duplicate'; bookingId: string | null }>

/**
 * Receives a delivery from Cal.com in one transaction: records it once (by the digest of its body and signer), encrypts
 * it, and applies its event (`applyEvents`). New bookings that arrive concurrently share a transaction. An event that
 * may have to wait for a lock, or already has a booking, gets its own, on another connection.
 *
 * A delivery that can't be applied, for any reason but an unavailable database, is recorded as `received` and applied
 * later: Cal.com never retries, whatever the response.
 *
 * @throws the database's error if it can't be reached, and RateLimitedError if too many deliveries are queued. Then
 *   nothing was recorded.
 */
export async function receiveDelivery(deps: ReceiveDeps, delivery: Delivery): Promise<Received> {
  const row = await encryptedRow(deps, delivery)
  const { parsed, signedBy } = delivery
  if (parsed.kind === 'event' && mayStartBooking(parsed.event)) {
    const applied = await deps.applyInBatch({ event: parsed.event, signedBy, deliveryId: row.id, delivery: row })
    if (applied !== null) return { outcome: applied.outcome, bookingId: applied.bookingId }
  }
  for (let tries = 1; ; tries += 1) {
    try {
      return await runTransaction(deps.database, (tx) => receiveIn(tx, deps, delivery, row))
    } catch (error) {
      if (databaseFailureOf(error) === 'unavailable') throw error
      // Retrying at once doesn't help if the audit log is unavailable: the statement has already waited for it.
      if (tries < 2 && !(error instanceof AuditUnavailableError)) continue
      deps.log.error({ err: error, deliveryId: row.id, trigger: row.trigger }, 'delivery recorded, but not applied yet')
      return await runTransaction(deps.database, (tx) => recordForLater(tx, deps, row))
    }
  }
}

const duplicate: Received = { outcome: 'duplicate', bookingId: null }

async function encryptedRow(deps: ReceiveDeps, { body, parsed, signedBy }: Delivery): Promise<DeliveryRow> {
  const id = deps.newId()
  const aadContext = { column: 'webhook_deliveries.sealedBody', rowId: id, ownerId: SYSTEM_OWNER } as const
  return {
    id,
    digest: digestOf(body, signedBy),
    trigger: shownTrigger(parsed.trigger),
    calBookingUid: uidIn(parsed),
    userId: signedBy,
    // Base64 preserves every byte, even if the body isn't valid UTF-8.
    sealedBody: await deps.vault.encrypt(body.toString('base64'), aadContext),
    eventCreatedAt: parsed.createdAt,
    receivedAt: deps.clock.now(),
  }
}

/**
 * The unique digest of a delivery. The same body signed with two secrets is two deliveries: the church's secret carries
 * more rights than a pastor's, so its delivery must not be dropped as a duplicate.
 */
function digestOf(body: Buffer, signedBy: string | null): string {
  const hash = createHash('sha256')
  if (signedBy !== null) hash.update(`signed by ${signedBy}\n`)
  return hash.update(body).digest('hex')
}

/** The UID of the delivery's booking, or `#` and its number if it has no UID. */
function uidIn(parsed: ParsedDelivery): string | null {
  if (parsed.kind === 'other') return parsed.uid
  if (parsed.kind !== 'event') return null
  const { uid, calBookingId } = parsed.event
  return uid ?? `#${calBookingId}`
}

/** Records the delivery and enqueues the job that applies it, instead of waiting minutes for its schedule. */
async function recordForLater(
  tx: Transaction,
  { queue }: Pick<ReceiveDeps, 'queue'>,
  row: DeliveryRow,
): Promise<Received> {
  const outcome = 'received'
  if (!(await recordDelivery(tx, { ...row, outcome }))) return duplicate
  await queue.enqueue(tx, 'apply-waiting-deliveries', {})
  return { outcome, bookingId: null }
}

async function receiveIn(
  tx: SqlTransaction,
  deps: ReceiveDeps,
  { parsed, signedBy }: Delivery,
  row: DeliveryRow,
): Promise<Received> {
  if (parsed.kind !== 'event') {
    const outcome = parsed.kind === 'other' ? outcomeOfOtherTrigger(parsed.trigger) : parsed.kind
    if (!(await recordDelivery(tx, { ...row, outcome }))) return duplicate
    if (outcome === 'unknown_trigger') await recordUnmatched(tx, row, outcome)
    return { outcome, bookingId: null }
  }
  const { event } = parsed
  const [applied = null] = await applyEvents(tx, deps, [{ event, signedBy, deliveryId: row.id, delivery: row }])
  if (applied === null) throw new Error('a delivery names no booking')
  if (applied.outcome === 'unknown_organizer') await recordUnmatched(tx, row, 'unknown_organizer')
  if (applied.isNew) await applyPendingForBooking(tx, deps, event)
  return applied.outcome === 'duplicate' ? duplicate : { outcome: applied.outcome, bookingId: applied.bookingId }
}

async function recordUnmatched(
  tx: SqlTransaction,
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

/** Whether an event contains everything that a new booking needs, and refers to no other booking. */
function mayStartBooking(event: CalEvent): boolean {
  if (event.kind !== 'booking') return false
  return event.organizer !== null && event.startTime !== null && event.rescheduledFromUid === null
}
