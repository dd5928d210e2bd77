import { recordAudit } from '../../../core/audit/record.ts'
import { SYSTEM_OWNER } from '../../../core/vault/aad-context.ts'
import { UnreadableError } from '../../../core/vault/errors.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import { type Applied, type ApplyDeps, applyEvent } from '../write/apply-event.ts'
import type { DeliveryOutcome } from '../write/delivery.model.ts'
import { parseDelivery } from './cal-payload.model.ts'
import type { PendingDelivery } from './pending-deliveries.reads.ts'

/**
 * Opens a delivery that was kept and applies what it says; what becomes of it is written to its row. Both are null where
 * it is no booking's event after all, as a newer version of this program may find, or where its body can't be opened: then
 * it is `unreadable`, on record, and holds up nothing that comes after it.
 *
 * @throws whatever applyEvent throws
 */
export async function applyPendingDelivery(
  tx: Transaction,
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
  const applied = await applyEvent(tx, deps, { event, signedBy: delivery.userId, deliveryId: delivery.id })
  const { outcome, bookingId, ownerId } = applied
  const isSettled = outcome === 'applied' || outcome === 'stale'
  const settled = { outcome, bookingId, userId: ownerId, organizer: null, appliedAt: deps.clock.now() }
  await tx.webhookDelivery.updateMany({ where: { id: delivery.id }, data: isSettled ? settled : { outcome } })
  return { applied, event }
}

const column = 'webhook_deliveries.sealedBody'

type Opening = Pick<ApplyDeps, 'vault'>

async function openBody({ vault }: Opening, { id, sealedBody }: PendingDelivery): Promise<string | null> {
  try {
    const opened = await vault.open(sealedBody ?? '', { column, rowId: id, ownerId: SYSTEM_OWNER })
    return Buffer.from(opened, 'base64').toString('utf8')
  } catch (error) {
    if (error instanceof UnreadableError) return null
    throw error
  }
}

async function leaveUnreadable(
  tx: Transaction,
  { vault }: Opening,
  { id, sealedBody }: PendingDelivery,
): Promise<void> {
  const outcome: DeliveryOutcome = 'unreadable'
  await tx.webhookDelivery.updateMany({ where: { id }, data: { outcome } })
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
