import { Prisma, type Transaction } from '../../platform/database/client.ts'
import type { BookingNames } from './booking-names.model.ts'
import type { DeliveryOutcome } from './delivery.model.ts'
import { locksOf, takingSorted } from './name-locks.reads.ts'

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
 * Keeps a delivery, unless it is here already, and takes the locks of the bookings that it names (`lockNames`): one
 * statement, because every delivery needs both. False, and no lock, where it was here already.
 */
export async function rememberDelivery(
  tx: Transaction,
  row: DeliveryRow,
  names: BookingNames = { uid: null, calBookingId: null, iCalUid: null, rescheduledFromUid: null },
): Promise<boolean> {
  // Whoever delivers the same body at the same time waits here for the other's commit.
  const kept = await tx.$queryRaw<unknown[]>`
    WITH kept AS (
      INSERT INTO webhook_deliveries
        (id, digest, trigger, "calBookingUid", "userId", outcome, "sealedBody", "eventCreatedAt", "receivedAt")
      VALUES (${row.id}::uuid, ${row.digest}, ${row.trigger}, ${row.calBookingUid}, ${row.userId}::uuid, ${row.outcome},
        ${row.sealedBody}, ${row.eventCreatedAt}, ${row.receivedAt})
      ON CONFLICT DO NOTHING RETURNING id
    ), sorted AS MATERIALIZED (${locksOf(names, Prisma.sql`CROSS JOIN kept`)}), taken AS MATERIALIZED (${takingSorted})
    SELECT kept.id, (SELECT count(*) FROM taken)::int AS locks FROM kept`
  return kept.length > 0
}
