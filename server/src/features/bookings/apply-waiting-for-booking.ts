import type { Transaction } from '../../platform/database/client.ts'
import type { ApplyDeps } from './apply-cal-event.ts'
import { applyKeptDelivery } from './apply-kept-delivery.ts'
import type { CalEvent } from './cal-event.model.ts'
import { readWaitingDeliveries } from './waiting-deliveries.reads.ts'

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
