import type { Database } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { pendingOutcomes } from '../write/delivery.model.ts'

export type PendingDelivery = Readonly<{
  id: string
  calBookingUid: string | null
  userId: string | null
  sealedBody: string | null
}>

/**
 * What may find its place by now, oldest first, as ids: bodies are read one at a time. Of those whose organizer is unknown
 * only the ones that a user of that name, or a user made or changed in the last day, may be (a row keeps one
 * name of several); else a team without accounts here would be
 * tried again and again.
 */
export async function readPendingIds(database: Pick<Database, '$queryRaw'>): Promise<string[]> {
  const deliveries = await database.$queryRaw<{ id: string }[]>`
    SELECT d.id FROM webhook_deliveries d
    WHERE d."sealedBody" IS NOT NULL AND d.outcome = ANY(${pendingOutcomes}) AND CASE d.outcome
      WHEN 'unknown_organizer' THEN EXISTS (
        SELECT FROM users u
        WHERE greatest(u."createdAt", u."updatedAt") > now() - interval '1 day'
          OR lower(d.organizer) IN (lower(u."schedulingUsername"), lower(u.email), u."calUserId"))
      WHEN 'waiting_for_booking' THEN EXISTS (
        SELECT FROM booking_keys k WHERE d."calBookingUid" IN (k."calBookingUid", '#' || k."calBookingId"))
      ELSE true
    END
    ORDER BY d."receivedAt", d.id`
  return deliveries.map(({ id }) => id)
}

/** Those that wait, by id or by booking (`#` and the number where a delivery gave no uid), locked until the commit. */
export async function readPendingDeliveries(
  tx: SqlTransaction,
  which: Readonly<{ id: string } | { calBookingUids: readonly string[] }>,
): Promise<PendingDelivery[]> {
  const ids = 'id' in which ? [which.id] : null
  const uids = 'id' in which ? null : which.calBookingUids
  // Whoever else applies the same delivery has settled it by the time the lock is free: SKIP LOCKED leaves it to them.
  return tx.$queryRaw<PendingDelivery[]>`
    SELECT id, "calBookingUid", "userId", "sealedBody" FROM webhook_deliveries
    WHERE outcome = ANY(${pendingOutcomes}) AND "sealedBody" IS NOT NULL AND (id = ANY(${ids}::uuid[]) OR "calBookingUid" = ANY(${uids}::text[]))
    ORDER BY "receivedAt", id
    FOR UPDATE SKIP LOCKED`
}
