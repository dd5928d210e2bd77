import { UnreadableError } from '../../core/vault/errors.ts'
import { SYSTEM_OWNER } from '../../core/vault/place.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { databaseFailureOf } from '../../platform/database/failure.ts'
import { runTransaction } from '../../platform/database/run-transaction.ts'
import type { Log } from '../../platform/log.ts'
import { type Applied, type ApplyDeps, applyCalEvent } from './apply-cal-event.ts'
import type { CalEvent } from './cal-event.model.ts'
import { parseDelivery } from './cal-payload.model.ts'
import { readWaitingDeliveries, readWaitingIds, type WaitingDelivery } from './waiting-deliveries.reads.ts'

export type ApplyWaitingDeps = ApplyDeps & Readonly<{ database: Database; log: Pick<Log, 'error'> }>

/** How many deliveries were tried, and how many of them found their booking. */
export type AppliedWaiting = Readonly<{ tried: number; settled: number }>

/**
 * Tries again what was kept: for an organizer who had no account, for a booking that was not there, or because something
 * failed. Call it when a user is made or changed, and from time to time. Each delivery in a transaction of its own, so
 * that one that still fails holds up no other; those that fail stay as they are.
 */
export async function applyWaitingDeliveries(deps: ApplyWaitingDeps): Promise<AppliedWaiting> {
  const ids = await readWaitingIds(deps.database)
  let settled = 0
  for (const id of ids) {
    try {
      const applied = await runTransaction(deps.database, (tx) => applyOne(tx, deps, id))
      if (applied !== null && isSettled(applied)) settled += 1
    } catch (error) {
      if (databaseFailureOf(error) === 'unavailable') throw error
      deps.log.error({ err: error, deliveryId: id }, 'a kept delivery can still not be applied')
    }
  }
  return { tried: ids.length, settled }
}

/** Applies what waited for a booking, in the transaction that made it. */
export async function applyWaitingFor(
  tx: Transaction,
  deps: ApplyDeps,
  { uid, calBookingId }: Pick<CalEvent, 'uid' | 'calBookingId'>,
): Promise<void> {
  const names = [uid, calBookingId === null ? null : `#${calBookingId}`].filter((name) => name !== null)
  for (const delivery of await readWaitingDeliveries(tx, { calBookingUids: names }))
    await applyDelivery(tx, deps, delivery)
}

async function applyOne(tx: Transaction, deps: ApplyDeps, id: string): Promise<Applied | null> {
  const [delivery] = await readWaitingDeliveries(tx, { id })
  if (delivery === undefined) return null
  const applied = await applyDelivery(tx, deps, delivery)
  if (applied?.isNew) {
    const { calBookingUid: uid } = delivery
    await applyWaitingFor(tx, deps, { uid, calBookingId: null })
  }
  return applied
}

async function applyDelivery(tx: Transaction, deps: ApplyDeps, delivery: WaitingDelivery): Promise<Applied | null> {
  const parsed = parseDelivery(await openBody(deps, delivery))
  if (parsed.kind !== 'event') return null
  const applied = await applyCalEvent(tx, deps, {
    event: parsed.event,
    signedBy: delivery.userId,
    deliveryId: delivery.id,
  })
  const { outcome, bookingId, ownerId } = applied
  const data = isSettled(applied)
    ? { outcome, bookingId, userId: ownerId, organizer: null, appliedAt: deps.clock.now() }
    : { outcome }
  await tx.webhookDelivery.updateMany({ where: { id: delivery.id }, data })
  return applied
}

async function openBody(deps: Pick<ApplyDeps, 'vault'>, { id, sealedBody }: WaitingDelivery): Promise<string> {
  if (sealedBody === null) throw new UnreadableError()
  const place = { column: 'webhook_deliveries.sealedBody', rowId: id, ownerId: SYSTEM_OWNER } as const
  return Buffer.from(await deps.vault.open(sealedBody, place), 'base64').toString('utf8')
}

function isSettled({ outcome }: Applied): boolean {
  return outcome === 'applied' || outcome === 'stale'
}
