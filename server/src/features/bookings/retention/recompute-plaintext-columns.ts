import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import { UnreadableError } from '../../../core/vault/errors.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { Log } from '../../../platform/logging/log.ts'
import { withCarriedOver } from '../lifecycle/carry-over.model.ts'
import { foldEvents } from '../lifecycle/fold.model.ts'
import { loadCarriedOver } from '../write/load-carried-over.ts'
import { lockIdentifiers } from '../write/lock-identifiers.ts'
import { projectBooking } from '../write/project-booking.ts'
import { publishChanges } from '../write/publish-changes.ts'
import { readEventLog } from '../write/read-event-log.ts'
import { refreshSuccessors } from '../write/refresh-successors.ts'
import { type SaveDeps, saveBooking } from '../write/save-booking.ts'
import { renewEmptied } from './renew-emptied.ts'

export type RenewDeps = SaveDeps &
  Readonly<{ database: Database; queue: Pick<Queue, 'enqueue'>; log: Pick<Log, 'error'> }>

/** An event type whose bookings are to be renewed, and whose it is. */
export type RenamedEventType = Readonly<{ userId: string; eventTypeId: number }>

const batch = 50

/**
 * Makes the plaintext columns of bookings anew from their encrypted records: of those that were written under older rules,
 * and of those whose event type their pastor has renamed. Each in a transaction of its own, the newest first, until none is
 * left or `signal` is aborted. One whose record can't be opened stays as it is, on record.
 *
 * @throws AuditUnavailableError, or what the database throws when it is away: the rest waits for the next run
 */
export async function renewColumns(
  deps: RenewDeps,
  renamed: RenamedEventType | null = null,
  signal?: AbortSignal,
): Promise<Readonly<{ renewed: number }>> {
  if (renamed !== null) await markStale(deps.database, renamed)
  let renewed = 0
  while (!signal?.aborted) {
    const stale = await deps.database.staleBooking.findMany({ orderBy: { bookingId: 'desc' }, take: batch })
    if (stale.length === 0) break
    for (const { bookingId } of stale) {
      if (await renewIfReadable(deps, bookingId)) renewed += 1
    }
  }
  return { renewed }
}

async function markStale(database: Database, { userId, eventTypeId }: RenamedEventType): Promise<void> {
  await database.$executeRaw`
    INSERT INTO stale_bookings
    SELECT id FROM bookings
    WHERE "eventTypeId" = ${eventTypeId}::int AND COALESCE(metadata->>'hostId', "userId"::text) = ${userId}
    ON CONFLICT DO NOTHING`
}

async function renewIfReadable(deps: RenewDeps, bookingId: string): Promise<boolean> {
  try {
    await runTransaction(deps.database, (tx) => renewOne(tx, deps, bookingId))
    return true
  } catch (error) {
    if (!(error instanceof UnreadableError) || error instanceof AuditUnavailableError) throw error
    deps.log.error({ bookingId }, 'a booking could not be opened to renew its columns')
    await deps.database.staleBooking.deleteMany({ where: { bookingId } })
    return false
  }
}

async function renewOne(tx: Transaction, deps: RenewDeps, id: string): Promise<void> {
  const key = await tx.bookingKey.findUnique({ where: { id } })
  if (key === null) return
  const { calBookingUid: uid, calBookingId, iCalUid, rescheduledFromUid } = key
  await lockIdentifiers(tx, { uid, calBookingId, iCalUid, rescheduledFromUid })
  const found = await readEventLog(tx, deps, id)
  await tx.staleBooking.deleteMany({ where: { bookingId: id } })
  if (found === null) return
  const { row, entries: before } = found
  if (before === null) return renewEmptied(tx, row)
  if (foldEvents(before) === null) return
  const entries = withCarriedOver(before, await loadCarriedOver(tx, deps, { id, entries: before, iCalUid }))
  const present = { id, row, entries: before }
  const next = projectBooking(present, entries, { number: null, ownerId: null })
  const saved = await saveBooking(tx, deps, present, next)
  const refreshed = await refreshSuccessors(tx, deps, { id, uid, iCalUid })
  await publishChanges(tx, deps, [saved, ...refreshed], { trigger: 'COLUMNS_RENEWED', deliveryId: null, event: null })
}
