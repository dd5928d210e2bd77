import { UnreadableError } from '../../core/vault/errors.ts'
import { SYSTEM_OWNER } from '../../core/vault/place.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { type Applied, type ApplyDeps, applyCalEvent } from './apply-cal-event.ts'
import type { CalEvent } from './cal-event.model.ts'
import { parseDelivery } from './cal-payload.model.ts'
import type { WaitingDelivery } from './waiting-deliveries.reads.ts'

/**
 * Opens a delivery that was kept and applies what it says; what becomes of it is written to its row. Both are null where
 * it is no booking's event after all, as a newer version of this program may find.
 *
 * @throws UnreadableError, and whatever applyCalEvent throws
 */
export async function applyKeptDelivery(
  tx: Transaction,
  deps: ApplyDeps,
  delivery: WaitingDelivery,
): Promise<Readonly<{ applied: Applied | null; event: CalEvent | null }>> {
  const parsed = parseDelivery(await openBody(deps, delivery))
  if (parsed.kind !== 'event') return { applied: null, event: null }
  const { event } = parsed
  const applied = await applyCalEvent(tx, deps, { event, signedBy: delivery.userId, deliveryId: delivery.id })
  const { outcome, bookingId, ownerId } = applied
  const isSettled = outcome === 'applied' || outcome === 'stale'
  const settled = { outcome, bookingId, userId: ownerId, organizer: null, appliedAt: deps.clock.now() }
  await tx.webhookDelivery.updateMany({ where: { id: delivery.id }, data: isSettled ? settled : { outcome } })
  return { applied, event }
}

async function openBody(deps: Pick<ApplyDeps, 'vault'>, { id, sealedBody }: WaitingDelivery): Promise<string> {
  if (sealedBody === null) throw new UnreadableError()
  const place = { column: 'webhook_deliveries.sealedBody', rowId: id, ownerId: SYSTEM_OWNER } as const
  return Buffer.from(await deps.vault.open(sealedBody, place), 'base64').toString('utf8')
}
