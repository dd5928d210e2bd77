import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import { UnreadableError } from '../../../core/vault/errors.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import type { Log } from '../../../platform/logging/log.ts'
import { withCarriedOver } from '../lifecycle/carry-over.model.ts'
import { foldEvents } from '../lifecycle/fold.model.ts'
import { loadCarriedOver, projectBooking, readEventLog } from '../write/event-logs.ts'
import { lockBookings } from '../write/locks.ts'
import { type BookingSummaries, publishChanges } from '../write/publish-changes.ts'
import { refreshSuccessors } from '../write/refresh-successors.ts'
import { type SaveDeps, saveBookings } from '../write/save-bookings.ts'
import { recomputeEmptiedColumns } from './recompute-emptied-columns.ts'

export type RecomputeDeps = SaveDeps &
  Readonly<{ database: Database; summaries: BookingSummaries; log: Pick<Log, 'error'> }>

/** A renamed event type, whose bookings need new columns, and its pastor. */
export type RenamedEventType = Readonly<{ userId: string; eventTypeId: number }>

const batch = 50

/**
 * Recomputes the plaintext columns of bookings from their encrypted event logs: of those written under older rules, and of
 * those whose event type was renamed. Each has its own transaction, newest first, until none is left or `signal` is aborted.
 * A booking that can't be decrypted is left unchanged and recorded in the audit log.
 *
 * @throws AuditUnavailableError, or a database error; the next run continues
 */
export async function recomputePlaintextColumns(
  deps: RecomputeDeps,
  renamed: RenamedEventType | null = null,
  signal?: AbortSignal,
): Promise<Readonly<{ renewed: number }>> {
  if (renamed !== null) await markStale(deps.database, renamed)
  let recomputed = 0
  while (!signal?.aborted) {
    const stale = await deps.database.staleBooking.findMany({ orderBy: { bookingId: 'desc' }, take: batch })
    if (stale.length === 0) break
    for (const { bookingId } of stale) {
      if (await recomputeIfReadable(deps, bookingId)) recomputed += 1
    }
  }
  return { renewed: recomputed }
}

async function markStale(database: Database, { userId, eventTypeId }: RenamedEventType): Promise<void> {
  await database.$executeRaw`
    INSERT INTO stale_bookings
    SELECT id FROM bookings
    WHERE "eventTypeId" = ${eventTypeId}::int AND COALESCE(metadata->>'hostId', "userId"::text) = ${userId}
    ON CONFLICT DO NOTHING`
}

async function recomputeIfReadable(deps: RecomputeDeps, bookingId: string): Promise<boolean> {
  try {
    await runTransaction(deps.database, (tx) => recomputeOne(tx, deps, bookingId))
    return true
  } catch (error) {
    if (!(error instanceof UnreadableError) || error instanceof AuditUnavailableError) throw error
    deps.log.error({ bookingId }, 'failed to decrypt a booking to recompute its plaintext columns')
    await deps.database.staleBooking.deleteMany({ where: { bookingId } })
    return false
  }
}

async function recomputeOne(tx: Transaction, deps: RecomputeDeps, id: string): Promise<void> {
  const key = await tx.bookingKey.findUnique({ where: { id } })
  if (key === null) return
  const { calBookingUid: uid, calBookingId, iCalUid, rescheduledFromUid } = key
  await lockBookings(tx, [{ uid, calBookingId, iCalUid, rescheduledFromUid }])
  const found = await readEventLog(tx, deps, id)
  await tx.staleBooking.deleteMany({ where: { bookingId: id } })
  if (found === null) return
  const { row, entries: before } = found
  if (before === null) return recomputeEmptiedColumns(tx, row)
  if (foldEvents(before) === null) return
  const entries = withCarriedOver(before, await loadCarriedOver(tx, deps, { id, entries: before, iCalUid }))
  const current = { id, row, entries: before }
  const next = projectBooking(current, entries, { number: null, ownerId: null })
  const saved = await saveBookings(tx, deps, [{ found: current, next }])
  const refreshed = await refreshSuccessors(tx, deps, { id, uid, iCalUid })
  const cause = { trigger: 'COLUMNS_RENEWED', deliveryId: null, event: null }
  await publishChanges(
    tx,
    deps,
    [...saved, ...refreshed].map((booking) => ({ booking, cause })),
  )
}
