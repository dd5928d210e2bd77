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
 * The IDs of the pending deliveries that may succeed now, oldest first. Only IDs, because bodies are read one at a
 * time. A delivery with an unknown organizer is included only if a user matches its stored name, or if any user was
 * created or changed in the last day: a row stores only one of the organizer's identifiers. This avoids endless retries
 * for pastors without an account.
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

/**
 * Reads pending deliveries by ID or by booking (`#` and the number if the delivery had no UID), and locks them until
 * the transaction ends.
 */
export async function readPendingDeliveries(
  tx: SqlTransaction,
  which: Readonly<{ id: string } | { calBookingUids: readonly string[] }>,
): Promise<PendingDelivery[]> {
  const ids = 'id' in which ? [which.id] : null
  const uids = 'id' in which ? null : which.calBookingUids
  // SKIP LOCKED: another transaction that holds the lock is already applying the delivery.
  return tx.$queryRaw<PendingDelivery[]>`
    SELECT id, "calBookingUid", "userId", "sealedBody" FROM webhook_deliveries
    WHERE outcome = ANY(${pendingOutcomes}) AND "sealedBody" IS NOT NULL AND (id = ANY(${ids}::uuid[]) OR "calBookingUid" = ANY(${uids}::text[]))
    ORDER BY "receivedAt", id
    FOR UPDATE SKIP LOCKED`
}
