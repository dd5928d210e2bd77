import type { Database, Transaction } from '../../platform/database/client.ts'
import type { DeliveryOutcome } from './delivery.model.ts'

/** What is not settled: each of these may find its booking, or its pastor, later. */
const waiting: DeliveryOutcome[] = ['received', 'unknown_organizer', 'waiting_for_booking']

export type WaitingDelivery = Readonly<{
  id: string
  calBookingUid: string | null
  userId: string | null
  sealedBody: string | null
}>

/** All that waits, oldest first, as ids: bodies are read one at a time. */
export async function readWaitingIds(database: Pick<Database, 'webhookDelivery'>): Promise<string[]> {
  const deliveries = await database.webhookDelivery.findMany({
    where: { outcome: { in: waiting }, sealedBody: { not: null } },
    orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
    select: { id: true },
  })
  return deliveries.map(({ id }) => id)
}

/** Those that wait, by id or by booking (`#` and the number where a delivery gave no uid), locked until the commit. */
export async function readWaitingDeliveries(
  tx: Transaction,
  which: Readonly<{ id: string } | { calBookingUids: readonly string[] }>,
): Promise<WaitingDelivery[]> {
  const ids = 'id' in which ? [which.id] : null
  const uids = 'id' in which ? null : which.calBookingUids
  // Whoever else applies the same delivery has settled it by the time the lock is free: SKIP LOCKED leaves it to them.
  return tx.$queryRaw<WaitingDelivery[]>`
    SELECT id, "calBookingUid", "userId", "sealedBody" FROM webhook_deliveries
    WHERE outcome = ANY(${waiting}) AND "sealedBody" IS NOT NULL AND (id = ANY(${ids}::uuid[]) OR "calBookingUid" = ANY(${uids}::text[]))
    ORDER BY "receivedAt", id
    FOR UPDATE SKIP LOCKED`
}
