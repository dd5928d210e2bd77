import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { type CalEvent, type CalOrganizer, triggerOf } from '../lifecycle/cal-event.model.ts'
import { withCarriedOver } from '../lifecycle/carry-over.model.ts'
import { addEntries, entryOf, type LogEntry } from '../lifecycle/event-log.model.ts'
import { carriedHandOvers } from '../lifecycle/ownership.model.ts'
import { mayReport, rescheduledAwayOf, rescheduledFrom } from '../lifecycle/rescheduled-away.model.ts'
import type { BookingKeyRow, RelatedBookings } from './booking-keys.reads.ts'
import type { FoundBooking } from './booking-row.model.ts'
import { type FoundEventLog, openEventLog, readEventLog } from './event-logs.ts'
import { loadCarriedOver } from './load-carried-over.ts'
import { lockThreads } from './locks.ts'
import { organizerAmong } from './organizers.reads.ts'
import { projectBooking } from './project-booking.ts'
import { type BookingChange, type SaveDeps, type SavedBooking, saveBookings } from './save-bookings.ts'

/** An event under the locks of its bookings, with what stands around it. */
export type Situation = Readonly<{
  event: CalEvent
  /** The pastor whose own secret signed it; null for the church's secret. */
  signedBy: string | null
  related: RelatedBookings
  /** Everybody here who has one of the organizer's names, the likeliest first. */
  organizers: readonly string[]
}>

/** What becomes of an event: a change to its booking, or no change and why. */
export type Prepared =
  | Readonly<{ kind: 'unchanged'; outcome: 'stale' | 'unknown_organizer' | 'waiting_for_booking' | 'duplicate' }>
  | Readonly<{
      kind: 'change'
      change: BookingChange
      iCalUid: string | null
      /** The earlier booking whose place this one took, where the event was the first to say so. */
      rescheduled: SavedBooking | null
      /** The bookings whose threads become one; empty where they are one already. */
      thread: readonly string[]
    }>

/**
 * Adds an event to its booking's event log and folds it, so that neither the order in which events come nor how often has any
 * effect. Writes nothing but the earlier booking whose place this one took.
 *
 * @throws UnreadableError when what is known of the booking can't be opened
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
  const own = entryOf(event, { ownerId, signedBy })
  const departures = self === null ? await departuresTo(tx, deps, related, ownerId) : []
  // The booking that takes another's place is handed over to whom the other was handed over.
  const handOvers = (predecessor?.hostId ?? null) === null ? [] : carriedHandOvers(before?.entries ?? [])
  const arrived = addEntries(found.entries, [own, ...departures, ...handOvers])
  if (arrived === null) return { kind: 'unchanged', outcome: 'stale' }

  const rescheduled = before && (await rescheduleAway(tx, deps, predecessor, before, own))
  const iCalUid = (event.kind === 'no_show' ? null : event.iCalUid) ?? self?.iCalUid ?? null
  const opened = new Map(before === null ? [] : [[before.id, rescheduled?.found ?? before]])
  const carried = await loadCarriedOver(tx, deps, { id: found.id, entries: arrived, iCalUid }, opened)
  const number = related.numberTakenBy === null ? event.calBookingId : null
  return {
    kind: 'change',
    change: { found, next: projectBooking(found, withCarriedOver(arrived, carried), { number, ownerId }) },
    iCalUid,
    rescheduled: rescheduled?.saved ?? null,
    thread: isTied ? [] : [found.id, ...neighbours.map(({ id }) => id)],
  }
}

/** Whom Cal.com named for this booking so far; nobody where the event itself says that it is somebody else's now. */
function hostBefore(event: CalEvent, self: BookingKeyRow | null): string | null {
  if (self === null || triggerOf(event) === 'BOOKING_REASSIGNED') return null
  return self.hostId ?? self.userId
}

/** Why an event can't be applied yet, or null when it can. */
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

/** An organizer nobody here matches, who is named so well that it can't be the owner under another address. */
function isSomebodyElse(event: CalEvent, { id, username }: CalOrganizer): boolean {
  return id !== null || username !== null || triggerOf(event) === 'BOOKING_REASSIGNED'
}

/** The bookings of the same thread. */
function neighboursOf({ event, signedBy, related }: Situation): BookingKeyRow[] {
  const isMoved = rescheduledFrom(event) !== null || (related.self?.rescheduledFromUid ?? null) !== null
  // The meetings of a series share an iCalUID too, and are no thread. Where one was moved, a link may have been lost.
  const sameEntry = related.sameCalendarEntry.filter((key) => isMoved || key.rescheduledFromUid !== null)
  const all = [related.predecessor, ...related.successors, ...sameEntry].filter((key) => key !== null)
  return all.filter((key) => mayReport(signedBy, key.userId, key.hostId))
}

function newBooking(deps: SaveDeps): FoundBooking {
  return { id: deps.newId(), row: null, entries: [] }
}

/** A booking that is heard of only now may have been left already: those that took its place say so. */
async function departuresTo(
  tx: SqlTransaction,
  deps: SaveDeps,
  related: RelatedBookings,
  ownerId: string | null,
): Promise<LogEntry[]> {
  const departures: LogEntry[] = []
  for (const successor of related.successors) {
    const life = await openEventLog(tx, deps, successor.id)
    const told = (life?.entries ?? []).map(rescheduledAwayOf).filter((departure) => departure !== null)
    departures.push(...told.filter(({ signedBy }) => ownerId !== null && mayReport(signedBy, ownerId)))
  }
  return departures
}

/** The earlier booking with its reschedule; null where the event tells of none, or none that is new. */
async function rescheduleAway(
  tx: SqlTransaction,
  deps: SaveDeps,
  predecessor: BookingKeyRow | null,
  { id, row, entries: before }: FoundEventLog,
  own: LogEntry,
): Promise<Readonly<{ saved: SavedBooking; found: FoundEventLog }> | null> {
  const departure = rescheduledAwayOf(own)
  if (departure === null || predecessor === null || before === null) return null
  if (!mayReport(own.signedBy, predecessor.userId, predecessor.hostId)) return null
  const entries = addEntries(before, [departure])
  if (entries === null) return null
  const found = { id, row, entries: before }
  const next = projectBooking(found, entries, { number: null, ownerId: null })
  const [saved] = await saveBookings(tx, deps, [{ found, next }])
  if (saved === undefined) return null
  const { sensitivity, isAnonymous, eventTypeId, metadata } = saved.columns
  return { saved, found: { id, row: { ...row, sensitivity, isAnonymous, eventTypeId, metadata }, entries } }
}
