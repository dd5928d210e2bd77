import type { Transaction } from '../../../platform/database/client.ts'
import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import type { ApplyDeps } from '../write/apply-event.ts'
import { applyPendingDelivery } from './apply-pending-delivery.ts'
import { readPendingDeliveries } from './pending-deliveries.reads.ts'

/** Applies what waited for a booking, in the transaction that made it. */
export async function applyPendingForBooking(
  tx: Transaction,
  deps: ApplyDeps,
  { uid, calBookingId }: Pick<CalEvent, 'uid' | 'calBookingId'>,
): Promise<void> {
  const calBookingUids = [uid, calBookingId === null ? null : `#${calBookingId}`].filter((name) => name !== null)
  for (const delivery of await readPendingDeliveries(tx, { calBookingUids }))
    await applyPendingDelivery(tx, deps, delivery)
}
