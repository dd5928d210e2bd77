import { recordAudit } from '../../../core/audit/record.ts'
import { SYSTEM_OWNER } from '../../../core/vault/aad-context.ts'
import { UnreadableError } from '../../../core/vault/errors.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import { type Applied, type ApplyDeps, applyEvents } from '../write/apply-events.ts'
import { settleDelivery } from '../write/deliveries.ts'
import { settlementOf } from '../write/delivery.model.ts'
import { parseDelivery } from './cal-payload.model.ts'
import { type PendingDelivery, readPendingDeliveries } from './pending-deliveries.reads.ts'

/**
 * Decrypts a pending delivery, applies its event, and updates its row with the outcome. `applied` and `event` are null
 * if it turns out not to be a booking event, which a newer version of ChurchHub may find, or if its body can't be
 * decrypted. In the latter case its outcome becomes `unreadable`, which is recorded in the audit log, so that it
 * doesn't block later deliveries.
 *
 * @throws the errors of `applyEvents`
 */
export async function applyPendingDelivery(
  tx: SqlTransaction,
  deps: ApplyDeps,
  delivery: PendingDelivery,
): Promise<Readonly<{ applied: Applied | null; event: CalEvent | null }>> {
  const body = await openBody(deps, delivery)
  if (body === null) {
    await leaveUnreadable(tx, deps, delivery)
    return { applied: null, event: null }
  }
  const parsed = parseDelivery(body)
  if (parsed.kind !== 'event') return { applied: null, event: null }
  const { event } = parsed
  const [applied = null] = await applyEvents(tx, deps, [{ event, signedBy: delivery.userId, deliveryId: delivery.id }])
  if (applied !== null && applied.outcome !== 'duplicate') {
    const { outcome, bookingId, ownerId } = applied
    await settleDelivery(tx, delivery.id, settlementOf({ outcome, bookingId, ownerId }, deps.clock.now()))
  }
  return { applied, event }
}

/** Applies the pending deliveries of a booking, in the transaction that created it. */
export async function applyPendingForBooking(
  tx: SqlTransaction,
  deps: ApplyDeps,
  { uid, calBookingId }: Pick<CalEvent, 'uid' | 'calBookingId'>,
): Promise<void> {
  const calBookingUids = [uid, calBookingId === null ? null : `#${calBookingId}`].filter((name) => name !== null)
  for (const delivery of await readPendingDeliveries(tx, { calBookingUids }))
    await applyPendingDelivery(tx, deps, delivery)
}

const column = 'webhook_deliveries.sealedBody'

type Opening = Pick<ApplyDeps, 'vault'>

async function openBody({ vault }: Opening, { id, sealedBody }: PendingDelivery): Promise<string | null> {
  try {
    const opened = await vault.decrypt(sealedBody ?? '', { column, rowId: id, ownerId: SYSTEM_OWNER })
    return Buffer.from(opened, 'base64').toString('utf8')
  } catch (error) {
    if (error instanceof UnreadableError) return null
    throw error
  }
}

async function leaveUnreadable(
  tx: SqlTransaction,
  { vault }: Opening,
  { id, sealedBody }: PendingDelivery,
): Promise<void> {
  await settleDelivery(tx, id, { outcome: 'unreadable' })
  await recordAudit(tx, [
    {
      action: 'vault.unreadable',
      resource: 'webhook_delivery',
      resourceId: id,
      userId: null,
      bookingId: null,
      origin: null,
      metadata: { column, sealedDigest: vault.digestOf(sealedBody ?? '') },
    },
  ])
}
