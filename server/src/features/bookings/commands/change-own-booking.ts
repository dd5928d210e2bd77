import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import type { AuditEntry } from '../../../core/audit/record.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { LogEntry } from '../lifecycle/event-log.model.ts'
import { type FoldedBooking, foldEvents } from '../lifecycle/fold.model.ts'
import { mayChangeBooking } from '../policy.ts'
import { readStoredBooking } from '../write/booking-keys.reads.ts'
import type { ProjectedBooking } from '../write/encrypt-booking.ts'
import { lockIdentifiers } from '../write/lock-identifiers.ts'
import { openEventLog } from '../write/open-event-log.ts'
import { publishChanges } from '../write/publish-changes.ts'
import { refreshSuccessors } from '../write/refresh-successors.ts'
import { type SaveDeps, saveBooking } from '../write/save-booking.ts'

type ChangeDeps = SaveDeps & Readonly<{ database: Database; queue: Pick<Queue, 'enqueue'> }>

type BookingRow = NonNullable<Awaited<ReturnType<typeof readStoredBooking>>>

/** What the owner of a booking decides about it. */
type Decision = Readonly<{
  /** What the setting of it is called in the entries of the log, such as SENSITIVITY_SET. */
  trigger: string
  set?: ProjectedBooking['set']
  /** What was decided that belongs into the booking's life. */
  entry?: LogEntry
  /** Its own entry in the audit log, beside those of the change; none where they say it all. */
  audit?: AuditEntry
}>

/** What the owner decides about. `about` is what every entry in the audit log says of it. */
type Present = Readonly<{
  row: BookingRow
  life: FoldedBooking
  entries: readonly LogEntry[]
  about: Readonly<{ resource: 'booking'; resourceId: string; bookingId: string; userId: string; origin: Origin }>
}>

/**
 * Changes one of the viewer's own bookings by what `decide` makes of it: its record is sealed anew, every clear column
 * made anew, and the change announced and on record, in one transaction. `decide` refuses by throwing; null changes nothing.
 *
 * @throws NotFoundError when there is no such booking, it is another's, or retention has emptied it;
 *   UnreadableError; AuditUnavailableError; whatever `decide` throws
 */
export async function changeOwnBooking(
  deps: ChangeDeps,
  viewer: Viewer,
  origin: Origin,
  bookingId: string,
  decide: (present: Present, tx: Transaction) => Decision | null | Promise<Decision | null>,
): Promise<void> {
  if (!isUuid(bookingId)) throw new NotFoundError()
  await runTransaction(deps.database, async (tx) => {
    await lockNamesOf(tx, bookingId)
    const row = await readStoredBooking(tx, bookingId)
    if (row === null || !mayChangeBooking(viewer, row)) throw new NotFoundError()
    const found = await openEventLog(tx, deps, bookingId)
    const before = found && foldEvents(found.entries)
    if (found === null || before === null) throw new NotFoundError()
    const actor = { userId: viewer.userId, origin }
    const about = { resource: 'booking', resourceId: bookingId, bookingId, ...actor } as const
    const decision = await decide({ row, life: before, entries: found.entries, about }, tx)
    if (decision === null) return

    const entries = decision.entry === undefined ? found.entries : [...found.entries, decision.entry]
    const life = foldEvents(entries) ?? before
    const next = { entries, life, ownerId: life.ownerId ?? row.userId, calBookingId: row.calBookingId }
    const saved = await saveBooking(tx, deps, found, { ...next, ...(decision.set && { set: decision.set }) })
    const { uid, iCalUid } = life
    const { set } = decision
    const isSet = set !== undefined
    const refreshed = isSet
      ? await refreshSuccessors(tx, deps, { id: bookingId, uid, iCalUid }, { ownerId: row.userId, set })
      : []
    const changed = { ...saved, audit: [...saved.audit, ...(decision.audit ? [decision.audit] : [])] }
    await publishChanges(tx, deps, [changed, ...refreshed], {
      trigger: decision.trigger,
      deliveryId: null,
      event: null,
      actor,
    })
  })
}

/** The same locks, in the same order, as whoever applies an event to this booking or to one that takes its place. */
async function lockNamesOf(tx: Transaction, id: string): Promise<void> {
  const key = await tx.bookingKey.findUnique({ where: { id } })
  if (key === null) return
  const { calBookingUid: uid, calBookingId, iCalUid, rescheduledFromUid } = key
  await lockIdentifiers(tx, { uid, calBookingId, iCalUid, rescheduledFromUid })
}
