import { type AuditEntry, recordAudit } from '../../core/audit/record.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { runTransaction } from '../../platform/database/run-transaction.ts'

type Emptied = Readonly<{ id: string; ownerId: string }>

const dayMs = 86_400_000

/**
 * Empties a batch of bookings that were over so many days ago: their form responses go, and with the intake all that people
 * typed and who they were where that is sealed. What stands in clear stays. Later events of such a booking change nothing.
 *
 * Returns how many; fewer than the batch means that no more are due. On record, and told to open panels.
 *
 * @throws AuditUnavailableError
 */
export async function purgeAnswers(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  { batch, retentionDays }: Readonly<{ batch: number; retentionDays: number }>,
): Promise<number> {
  const before = new Date(clock.now().getTime() - retentionDays * dayMs)
  return runTransaction(database, async (tx) => {
    const emptied = await tx.$queryRaw<Emptied[]>`
      WITH due AS (
        SELECT b.id, b."startTime"
        FROM bookings b JOIN booking_keys k ON k.id = b.id AND k."startTime" = b."startTime"
        WHERE b."encryptedIntakeData" IS NOT NULL AND b."startTime" < ${before}::timestamptz
          AND b."endTime" < ${before}::timestamptz
        ORDER BY b."startTime" LIMIT ${batch}::int
        FOR NO KEY UPDATE OF k SKIP LOCKED
      )
      UPDATE bookings b
      SET "encryptedIntakeData" = NULL, metadata = COALESCE(b.metadata, '{}') || '{"hasIntake": false}'
      FROM due WHERE b.id = due.id AND b."startTime" = due."startTime"
      RETURNING b.id, b."userId" AS "ownerId"`
    if (emptied.length === 0) return 0
    const responses = await deleteResponses(tx, emptied)
    await recordAudit(tx, [...responses, ...emptied.map(entryFor)])
    const inOrder = emptied.toSorted((a, b) => (a.ownerId < b.ownerId ? -1 : 1))
    // Last, and in the order of their owners, as every other writer does: each holds a lock on an owner's log.
    for (const { ownerId, id } of inOrder) {
      await tx.$queryRaw`SELECT append_booking_change(${ownerId}::uuid, ${id}::uuid, 'updated')`
    }
    return emptied.length
  })
}

async function deleteResponses(tx: Transaction, emptied: readonly Emptied[]): Promise<AuditEntry[]> {
  const responses = await tx.$queryRaw<{ id: string; bookingId: string }[]>`
    DELETE FROM form_responses WHERE "bookingId" = ANY(${emptied.map(({ id }) => id)}::uuid[]) RETURNING id, "bookingId"`
  return responses.map(({ id, bookingId }) => ({
    action: 'form_response.purged',
    resource: 'form_response',
    resourceId: id,
    bookingId,
    userId: null,
    origin: null,
    metadata: { reason: 'expired' },
  }))
}

function entryFor({ id }: Emptied): AuditEntry {
  return {
    action: 'booking.purged',
    resource: 'booking',
    resourceId: id,
    bookingId: id,
    userId: null,
    origin: null,
    metadata: { reason: 'expired' },
  }
}
