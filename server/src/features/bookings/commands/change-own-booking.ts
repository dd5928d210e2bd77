import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import type { AuditEntry } from '../../../core/audit/record.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import type { LogEntry } from '../lifecycle/event-log.model.ts'
import { type FoldedBooking, foldEvents } from '../lifecycle/fold.model.ts'
import { mayChangeBooking } from '../policy.ts'
import { type ProjectedBooking, readStoredBooking, type StoredBooking } from '../write/booking-rows.ts'
import { openEventLog } from '../write/event-logs.ts'
import { lockBookings } from '../write/locks.ts'
import { type BookingSummaries, publishChanges } from '../write/publish-changes.ts'
import { refreshSuccessors } from '../write/refresh-successors.ts'
import { type SaveDeps, saveBookings } from '../write/save-bookings.ts'

type ChangeDeps = SaveDeps & Readonly<{ database: Database; summaries: BookingSummaries }>

/** The owner's change to a booking. */
type Decision = Readonly<{
  /** The trigger in the audit entries, such as SENSITIVITY_SET. */
  trigger: string
  set?: ProjectedBooking['set']
  /** An entry to append to the booking's event log. */
  entry?: LogEntry
  /** An additional audit entry. Omitted if the entries of the change say everything. */
  audit?: AuditEntry
}>

/** The booking before the change. `about` is shared by all audit entries. */
type CurrentBooking = Readonly<{
  row: StoredBooking
  folded: FoldedBooking
  entries: readonly LogEntry[]
  auditFields: Readonly<{ resource: 'booking'; resourceId: string; bookingId: string; userId: string; origin: Origin }>
}>

/**
 * Changes one of the viewer's own bookings as `decide` returns, in one transaction: re-encrypts its event log, recomputes
 * its plaintext columns, publishes the change and records it. `decide` rejects by throwing; null changes nothing.
 *
 * @throws NotFoundError if the booking doesn't exist, isn't the viewer's, or was emptied by retention
 * @throws UnreadableError, AuditUnavailableError; whatever `decide` throws
 */
export async function changeOwnBooking(
  deps: ChangeDeps,
  viewer: Viewer,
  origin: Origin,
  bookingId: string,
  decide: (current: CurrentBooking, tx: Transaction) => Decision | null | Promise<Decision | null>,
): Promise<void> {
  if (!isUuid(bookingId)) throw new NotFoundError()
  await runTransaction(deps.database, async (tx) => {
    await lockIdentifiersOf(tx, bookingId)
    const row = await readStoredBooking(tx, bookingId)
    if (row === null || !mayChangeBooking(viewer, row)) throw new NotFoundError()
    const found = await openEventLog(tx, deps, bookingId)
    const before = found && foldEvents(found.entries)
    if (found === null || before === null) throw new NotFoundError()
    const actor = { userId: viewer.userId, origin }
    const auditFields = { resource: 'booking', resourceId: bookingId, bookingId, ...actor } as const
    const decision = await decide({ row, folded: before, entries: found.entries, auditFields }, tx)
    if (decision === null) return

    const entries = decision.entry === undefined ? found.entries : [...found.entries, decision.entry]
    const folded = foldEvents(entries) ?? before
    const { set, audit } = decision
    const next = {
      entries,
      folded,
      ownerId: folded.ownerId ?? row.userId,
      calBookingId: row.calBookingId,
      ...(set && { set }),
    }
    const saved = await saveBookings(tx, deps, [{ found, next }])
    const changed = saved.map((booking) => (audit ? { ...booking, audit: [...booking.audit, audit] } : booking))
    if (set !== undefined) {
      const { uid, iCalUid } = folded
      const setting = { ownerId: row.userId, set }
      changed.push(...(await refreshSuccessors(tx, deps, { id: bookingId, uid, iCalUid }, setting)))
    }
    const cause = { trigger: decision.trigger, deliveryId: null, event: null, actor }
    await publishChanges(
      tx,
      deps,
      changed.map((booking) => ({ booking, cause })),
    )
  })
}

/** Takes the same locks, in the same order, as applying an event to this booking or its successor. */
async function lockIdentifiersOf(tx: Transaction, id: string): Promise<void> {
  const key = await tx.bookingKey.findUnique({ where: { id } })
  if (key === null) return
  const { calBookingUid: uid, calBookingId, iCalUid, rescheduledFromUid } = key
  await lockBookings(tx, [{ uid, calBookingId, iCalUid, rescheduledFromUid }])
}
