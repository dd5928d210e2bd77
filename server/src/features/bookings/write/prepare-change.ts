import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { CalEvent, CalOrganizer } from '../lifecycle/cal-event.model.ts'
import { withCarriedOver } from '../lifecycle/carry-over.model.ts'
import {
  addEntries,
  entryOf,
  type LogEntry,
  mayReport,
  rescheduledAwayOf,
  rescheduledFrom,
} from '../lifecycle/event-log.model.ts'
import { carriedHandOvers } from '../lifecycle/participants.model.ts'
import type { FoundBooking } from './booking-rows.ts'
import { type FoundEventLog, loadCarriedOver, openEventLog, projectBooking, readEventLog } from './event-logs.ts'
import { lockThreads } from './locks.ts'
import { type BookingKeyRow, organizerAmong, type RelatedBookings } from './related-bookings.reads.ts'
import { type BookingChange, type SaveDeps, type SavedBooking, saveBookings } from './save-bookings.ts'

/** An event with the related bookings, read while holding their locks. */
export type Situation = Readonly<{
  event: CalEvent
  /** The pastor whose own secret signed it. Null for the church's secret. */
  signedBy: string | null
  related: RelatedBookings
  /** The users with one of the organizer's identifiers, best match first. */
  organizers: readonly string[]
}>

/** The effect of an event: a change to its booking, or no change and the reason. */
export type Prepared =
  | Readonly<{ kind: 'unchanged'; outcome: 'stale' | 'unknown_organizer' | 'waiting_for_booking' | 'duplicate' }>
  | Readonly<{
      kind: 'change'
      change: BookingChange
      iCalUid: string | null
      /** The earlier booking that this one replaced, if this event was the first to report it. */
      rescheduled: SavedBooking | null
      /** The bookings whose threads must be merged. Empty if they already share one. */
      thread: readonly string[]
    }>

/**
 * Appends an event to its booking's event log and folds it, so that neither the order of events nor duplicates have any
 * effect. Writes only the earlier booking that this one replaced.
 *
 * @throws UnreadableError if the booking's event log can't be decrypted
 */
export async function prepareChange(tx: SqlTransaction, deps: SaveDeps, situation: Situation): Promise<Prepared> {
  const { event, signedBy, related } = situation
  const { self, predecessor } = related
  const organizer = event.kind === 'no_show' ? null : event.organizer
  const ownerId = organizer && organizerAmong(situation.organizers, hostBefore(event, self))
  const reason = pendingReason(situation, organizer, ownerId)
  if (reason !== null) return { kind: 'unchanged', outcome: reason }

  const neighbours = neighboursOf(situation)
  const isTied = neighbours.every(({ threadId }) => threadId === self?.threadId)
  // Before any row is locked; otherwise two transactions can deadlock.
  if (!isTied) await lockThreads(tx)

  // The earlier booking is locked before the later one, here as in refreshSuccessors.
  const before = predecessor === null ? null : await readEventLog(tx, deps, predecessor.id)
  const found = self === null ? newBooking(deps) : await openEventLog(tx, deps, self.id)
  if (found === null) return { kind: 'unchanged', outcome: 'stale' }
  const entry = entryOf(event, { ownerId, signedBy })
  const reschedulesAway = self === null ? await findReschedulesAway(tx, deps, related, ownerId) : []
  // A booking that replaces a handed-over one is handed over to the same user.
  const handOvers = (predecessor?.hostId ?? null) === null ? [] : carriedHandOvers(before?.entries ?? [])
  const entries = addEntries(found.entries, [entry, ...reschedulesAway, ...handOvers])
  if (entries === null) return { kind: 'unchanged', outcome: 'stale' }

  const rescheduled = before && (await rescheduleAway(tx, deps, predecessor, before, entry))
  const iCalUid = (event.kind === 'no_show' ? null : event.iCalUid) ?? self?.iCalUid ?? null
  const opened = new Map(before === null ? [] : [[before.id, rescheduled?.found ?? before]])
  const carried = await loadCarriedOver(tx, deps, { id: found.id, entries: entries, iCalUid }, opened)
  const number = related.numberTakenBy === null ? event.calBookingId : null
  return {
    kind: 'change',
    change: { found, next: projectBooking(found, withCarriedOver(entries, carried), { number, ownerId }) },
    iCalUid,
    rescheduled: rescheduled?.saved ?? null,
    thread: isTied ? [] : [found.id, ...neighbours.map(({ id }) => id)],
  }
}

/** The organizer of the booking so far. Null if the event reassigns the booking. */
function hostBefore(event: CalEvent, self: BookingKeyRow | null): string | null {
  if (self === null || event.trigger === 'BOOKING_REASSIGNED') return null
  return self.hostId ?? self.userId
}

/** The reason why an event can't be applied yet, or null. */
function pendingReason(
  { event, signedBy, related: { self } }: Situation,
  organizer: CalOrganizer | null,
  ownerId: string | null,
): 'unknown_organizer' | 'waiting_for_booking' | null {
  if (self !== null && !mayReport(signedBy, self.userId, self.hostId)) return 'unknown_organizer'
  if (ownerId !== null && !mayReport(signedBy, ownerId)) return 'unknown_organizer'
  if (organizer !== null && ownerId === null && (self === null || isSomebodyElse(event, organizer)))
    return 'unknown_organizer'
  const isBeginning = event.kind !== 'no_show' && event.startTime !== null && ownerId !== null
  return self === null && !isBeginning ? 'waiting_for_booking' : null
}

/**
 * Whether an organizer that matches no user is someone other than the owner, rather than the owner with another email
 * address.
 */
function isSomebodyElse(event: CalEvent, { id, username }: CalOrganizer): boolean {
  return id !== null || username !== null || event.trigger === 'BOOKING_REASSIGNED'
}

/** The other bookings of the same thread. */
function neighboursOf({ event, signedBy, related }: Situation): BookingKeyRow[] {
  const isMoved = rescheduledFrom(event) !== null || (related.self?.rescheduledFromUid ?? null) !== null
  // Meetings of a series share an iCalUID without being a thread. If one was rescheduled, its link may have been lost.
  const sameEntry = related.sameCalendarEntry.filter((key) => isMoved || key.rescheduledFromUid !== null)
  const all = [related.predecessor, ...related.successors, ...sameEntry].filter((key) => key !== null)
  return all.filter((key) => mayReport(signedBy, key.userId, key.hostId))
}

function newBooking(deps: SaveDeps): FoundBooking {
  return { id: deps.newId(), row: null, entries: [] }
}

/** The reschedules away from a new booking. Bookings that replaced it may have arrived before it. */
async function findReschedulesAway(
  tx: SqlTransaction,
  deps: SaveDeps,
  related: RelatedBookings,
  ownerId: string | null,
): Promise<LogEntry[]> {
  const reschedulesAway: LogEntry[] = []
  for (const successor of related.successors) {
    const eventLog = await openEventLog(tx, deps, successor.id)
    const reported = (eventLog?.entries ?? [])
      .map(rescheduledAwayOf)
      .filter((rescheduledAwayEntry) => rescheduledAwayEntry !== null)
    reschedulesAway.push(...reported.filter(({ signedBy }) => ownerId !== null && mayReport(signedBy, ownerId)))
  }
  return reschedulesAway
}

/** Saves the earlier booking with its reschedule. Null if the event reports none, or none that is new. */
async function rescheduleAway(
  tx: SqlTransaction,
  deps: SaveDeps,
  predecessor: BookingKeyRow | null,
  { id, row, entries: before }: FoundEventLog,
  entry: LogEntry,
): Promise<Readonly<{ saved: SavedBooking; found: FoundEventLog }> | null> {
  const rescheduledAwayEntry = rescheduledAwayOf(entry)
  if (rescheduledAwayEntry === null || predecessor === null || before === null) return null
  if (!mayReport(entry.signedBy, predecessor.userId, predecessor.hostId)) return null
  const entries = addEntries(before, [rescheduledAwayEntry])
  if (entries === null) return null
  const found = { id, row, entries: before }
  const next = projectBooking(found, entries, { number: null, ownerId: null })
  const [saved] = await saveBookings(tx, deps, [{ found, next }])
  if (saved === undefined) return null
  const { sensitivity, isAnonymous, eventTypeId, metadata } = saved.columns
  return { saved, found: { id, row: { ...row, sensitivity, isAnonymous, eventTypeId, metadata }, entries } }
}
