import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { Settlement } from './delivery.model.ts'

/** A delivery, as stored in its row. */
export type DeliveryRow = Readonly<{
  id: string
  digest: string
  trigger: string
  calBookingUid: string | null
  /**
   * The signer of a pending delivery, if signed with a pastor's own secret. It may then report only that pastor's
   * bookings.
   */
  userId: string | null
  sealedBody: string
  eventCreatedAt: Date | null
  receivedAt: Date
}>

/** A delivery to record, with its outcome. */
export type RecordedDelivery = DeliveryRow & Settlement & Readonly<{ organizer?: string | null }>

/** The statement that inserts deliveries. Fails if one of them is already recorded. */
export function insertDeliveries(deliveries: readonly RecordedDelivery[]): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO webhook_deliveries
    SELECT * FROM json_populate_recordset(NULL::webhook_deliveries, ${JSON.stringify(deliveries)}::json)`
}

/** Records a delivery. Returns false if it is already recorded. */
export async function recordDelivery(tx: SqlTransaction, delivery: RecordedDelivery): Promise<boolean> {
  // A concurrent delivery of the same body waits here until the other transaction commits.
  const recorded = await tx.$queryRaw<unknown[]>`${insertDeliveries([delivery])} ON CONFLICT DO NOTHING RETURNING id`
  return recorded.length > 0
}

/** Updates the row of a pending delivery with its outcome. */
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
