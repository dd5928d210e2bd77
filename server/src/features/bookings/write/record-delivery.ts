import type { Transaction } from '../../../platform/database/client.ts'
import type { DeliveryOutcome } from './delivery.model.ts'
import { locksOf, takingSorted } from './identifier-locks.reads.ts'
import type { BookingIdentifiers } from './identifiers.model.ts'

/** A delivery as its row keeps it. */
export type DeliveryRow = Readonly<{
  id: string
  digest: string
  trigger: string
  calBookingUid: string | null
  /** While a delivery waits, the one whose secret signed it: it may then tell of that pastor's bookings only. */
  userId: string | null
  outcome: DeliveryOutcome
  sealedBody: string
  eventCreatedAt: Date | null
  receivedAt: Date
}>

/**
 * Takes the locks of the bookings that a delivery names (`lockNames`) and keeps it, unless it is here already: one
 * statement, because every delivery needs both. The locks come first, here as in `beginBookings`: of two who keep the same
 * body, none must have its row while it waits for the other's lock. False where it was here already.
 */
export async function recordDelivery(
  tx: Transaction,
  row: DeliveryRow,
  names: BookingIdentifiers = { uid: null, calBookingId: null, iCalUid: null, rescheduledFromUid: null },
): Promise<boolean> {
  // Whoever delivers the same body at the same time waits here for the other's commit.
  const kept = await tx.$queryRaw<unknown[]>`
    WITH sorted AS MATERIALIZED (${locksOf(names)}), taken AS MATERIALIZED (${takingSorted})
    INSERT INTO webhook_deliveries
      (id, digest, trigger, "calBookingUid", "userId", outcome, "sealedBody", "eventCreatedAt", "receivedAt")
    SELECT ${row.id}::uuid, ${row.digest}, ${row.trigger}, ${row.calBookingUid}, ${row.userId}::uuid, ${row.outcome},
      ${row.sealedBody}, ${row.eventCreatedAt}::timestamptz, ${row.receivedAt}::timestamptz
    FROM (SELECT count(*) AS locks FROM taken) AS taking WHERE locks >= 0
    ON CONFLICT DO NOTHING RETURNING id`
  return kept.length > 0
}
