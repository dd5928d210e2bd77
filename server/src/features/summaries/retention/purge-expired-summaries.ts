import { type AuditEntry, recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'

type Purged = Readonly<{ id: string; bookingId: string; ownerId: string }>

/**
 * Deletes a batch of expired summaries, records it, and notifies subscribers. Returns how many; fewer than `batch` means
 * that no more are due. Locked bookings are skipped and left to the next run.
 *
 * @throws AuditUnavailableError
 */
export async function purgeExpiredSummaries(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  batch: number,
): Promise<number> {
  return runTransaction(database, async (tx) => {
    const purged = await tx.$queryRaw<Purged[]>`
      WITH due AS (
        SELECT s.id, s."createdAt", s."bookingId"
        FROM context_summaries s JOIN booking_keys k ON k.id = s."bookingId"
        WHERE s."expiresAt" <= ${clock.now()}::timestamptz
        ORDER BY s."expiresAt" LIMIT ${batch}::int
        FOR NO KEY UPDATE OF k SKIP LOCKED
      ), gone AS (
        DELETE FROM context_summaries s USING due
        WHERE s.id = due.id AND s."createdAt" = due."createdAt"
        RETURNING s.id, s."bookingId"
      )
      SELECT g.id, g."bookingId", b."userId" AS "ownerId"
      FROM gone g JOIN booking_keys k ON k.id = g."bookingId"
      JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
      ORDER BY b."userId", g."bookingId"`
    await recordAudit(tx, purged.map(entryFor))
    // Last, and ordered by owner like in every other writer: each call locks an owner's change feed.
    for (const { ownerId, bookingId } of oncePerBooking(purged)) {
      await tx.$queryRaw`SELECT append_booking_change(${ownerId}::uuid, ${bookingId}::uuid, 'updated')`
    }
    return purged.length
  })
}

function oncePerBooking(purged: readonly Purged[]): Purged[] {
  return [...new Map(purged.map((each) => [each.bookingId, each])).values()]
}

function entryFor({ id, bookingId }: Purged): AuditEntry {
  return {
    action: 'summary.purged',
    resource: 'context_summary',
    resourceId: id,
    bookingId,
    userId: null,
    origin: null,
    metadata: { reason: 'expired' },
  }
}
