import type { Transaction } from '../../../platform/database/client.ts'
import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import type { ApplyDeps } from '../write/apply-event.ts'
import { applyKeptDelivery } from './apply-pending-delivery.ts'
import { readWaitingDeliveries } from './pending-deliveries.reads.ts'

/** Applies what waited for a booking, in the transaction that made it. */
export async function applyWaitingForBooking(
  tx: Transaction,
  deps: ApplyDeps,
  { uid, calBookingId }: Pick<CalEvent, 'uid' | 'calBookingId'>,
): Promise<void> {
  const calBookingUids = [uid, calBookingId === null ? null : `#${calBookingId}`].filter((name) => name !== null)
  for (const delivery of await readWaitingDeliveries(tx, { calBookingUids }))
    await applyKeptDelivery(tx, deps, delivery)
}
