import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { Settlement } from './delivery.model.ts'

/** A delivery as its row stores it. */
export type DeliveryRow = Readonly<{
  id: string
  digest: string
  trigger: string
  calBookingUid: string | null
  /** While a delivery is pending, the one whose secret signed it: it may then tell of that pastor's bookings only. */
  userId: string | null
  sealedBody: string
  eventCreatedAt: Date | null
  receivedAt: Date
}>

/** A delivery to be recorded, with what became of it. */
export type RecordedDelivery = DeliveryRow & Settlement & Readonly<{ organizer?: string | null }>

/** The statement that inserts deliveries. It fails where one is recorded already. */
export function insertDeliveries(deliveries: readonly RecordedDelivery[]): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO webhook_deliveries
    SELECT * FROM json_populate_recordset(NULL::webhook_deliveries, ${JSON.stringify(deliveries)}::json)`
}

/** Records a delivery, unless it is recorded already. Returns whether it was not. */
export async function recordDelivery(tx: SqlTransaction, delivery: RecordedDelivery): Promise<boolean> {
  // Whoever delivers the same body at the same time waits here for the other's commit.
  const recorded = await tx.$queryRaw<unknown[]>`${insertDeliveries([delivery])} ON CONFLICT DO NOTHING RETURNING id`
  return recorded.length > 0
}

/** Writes to the row of a pending delivery what became of it. */
export async function settleDelivery(tx: SqlTransaction, id: string, settlement: Settlement): Promise<void> {
  if (!('appliedAt' in settlement)) {
    await tx.$executeRaw`UPDATE webhook_deliveries SET outcome = ${settlement.outcome} WHERE id = ${id}::uuid`
    return
  }
  const { outcome, bookingId, userId, appliedAt } = settlement
  await tx.$executeRaw`
    UPDATE webhook_deliveries
    SET outcome = ${outcome}, "bookingId" = ${bookingId}::uuid, "userId" = ${userId}::uuid, organizer = NULL,
      "appliedAt" = ${appliedAt}::timestamptz
    WHERE id = ${id}::uuid`
}
