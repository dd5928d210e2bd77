import type { Transaction } from '../../../platform/database/client.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { type CalEvent, type CalOrganizer, triggerOf } from '../lifecycle/cal-event.model.ts'
import { withCarriedOver } from '../lifecycle/carry-over.model.ts'
import { addEntries, entryOf, type LogEntry } from '../lifecycle/event-log.model.ts'
import { carriedHandOvers } from '../lifecycle/ownership.model.ts'
import { mayReport, rescheduledAwayOf, rescheduledFrom } from '../lifecycle/rescheduled-away.model.ts'
import { type BookingKeyRow, type RelatedBookings, readRelatedBookings } from './booking-keys.reads.ts'
import { identifiersOf } from './identifiers.model.ts'
import { loadCarriedOver } from './load-carried-over.ts'
import { lockIdentifiers } from './lock-identifiers.ts'
import { lockThreads } from './lock-threads.ts'
import { mergeThreads } from './merge-threads.ts'
import { openEventLog } from './open-event-log.ts'
import { findOrganizer } from './organizers.reads.ts'
import { projectBooking } from './project-booking.ts'
import { publishChanges } from './publish-changes.ts'
import { type FoundEventLog, readEventLog } from './read-event-log.ts'
import { refreshSuccessors } from './refresh-successors.ts'
import { type FoundBooking, type SaveDeps, type SavedBooking, saveBooking } from './save-booking.ts'

export type ApplyDeps = SaveDeps & Readonly<{ queue: Pick<Queue, 'enqueue'> }>

/** An event as it arrives, and on whose word. */
export type Arrival = Readonly<{
  event: CalEvent
  /** The pastor whose own secret signed it; null for the church's secret. */
  signedBy: string | null
  deliveryId: string | null
  /** The caller has taken the locks of `namesOf` this event in this transaction. */
  isLocked?: boolean
}>

/** What became of it. `bookingId` is null as long as there is no booking for it. */
export type Applied = Readonly<{
  outcome: 'applied' | 'stale' | 'unknown_organizer' | 'waiting_for_booking'
  bookingId: string | null
  ownerId: string | null
  isNew: boolean
}>

/**
 * Lets an event of Cal.com's become part of its booking, in the caller's transaction: the booking is made anew from all
 * of its events, so that neither the order in which they come nor how often has any effect. The change, the audit
 * entries, the order for a summary and the notice to the subscribers commit together.
 *
 * @throws UnreadableError when what is known of the booking can't be opened; AuditUnavailableError
 */
export async function applyEvent(tx: Transaction, deps: ApplyDeps, arrival: Arrival): Promise<Applied> {
  const { event, signedBy } = arrival
  const around = await lookAround(tx, arrival)
  const organizer = event.kind === 'no_show' ? null : event.organizer
  const ownerId = organizer && (await findOrganizer(tx, organizer, hostBefore(event, around.self)))
  const kept = whyKept(arrival, around, organizer, ownerId)
  if (kept !== null) return { outcome: kept, bookingId: around.self?.id ?? null, ownerId: null, isNew: false }

  const neighbours = neighboursOf(around, arrival)
  const isTied = neighbours.every((neighbour) => neighbour.threadId === around.self?.threadId)
  // Before any row is locked: whoever waits here must hold nothing that the one before still needs.
  if (!isTied) await lockThreads(tx)

  // The earlier booking is locked before the later one, here as in refreshSuccessors.
  const before = around.predecessor === null ? null : await readEventLog(tx, deps, around.predecessor.id)
  const found = around.self === null ? newBooking(deps) : await openEventLog(tx, deps, around.self.id)
  if (found === null) return unchanged(around.self)
  const own = entryOf(event, { ownerId, signedBy })
  const departures = around.self === null ? await departuresTo(tx, deps, around, ownerId) : []
  // What the booking before was handed over to goes for the one that takes its place.
  const handOvers = (around.predecessor?.hostId ?? null) === null ? [] : carriedHandOvers(before?.entries ?? [])
  const arrived = addEntries(found.entries, [own, ...departures, ...handOvers])
  if (arrived === null) return unchanged(around.self)

  const departed = before && (await departOn(tx, deps, around, before, own))
  const iCalUid = event.kind === 'no_show' ? null : event.iCalUid
  const later = { id: found.id, entries: arrived, iCalUid: iCalUid ?? around.self?.iCalUid ?? null }
  const opened = new Map(before === null ? [] : [[before.id, departed?.found ?? before]])
  const entries = withCarriedOver(arrived, await loadCarriedOver(tx, deps, later, opened))
  const first = await saveWith(tx, deps, found, entries, { event, around, ownerId })
  const saved = departed === null ? [first] : [first, departed.saved]
  const hasSuccessors = around.successors.length > 0 || around.sameCalendarEntry.some((key) => key.isMoved)
  if (hasSuccessors) {
    const uid = event.uid ?? around.self?.calBookingUid ?? null
    saved.push(...(await refreshSuccessors(tx, deps, { id: found.id, uid, iCalUid: later.iCalUid })))
  }
  if (!isTied) await mergeThreads(tx, [found.id, ...neighbours.map(({ id }) => id)])
  await publishChanges(tx, deps, saved, { trigger: triggerOf(event), deliveryId: arrival.deliveryId, event })
  const isStale = saved.every((booking) => !booking.isNew && booking.parts.length === 0)
  return {
    outcome: isStale ? 'stale' : 'applied',
    bookingId: found.id,
    ownerId: first.ownerId,
    isNew: around.self === null,
  }
}

/** Whom Cal.com named for this booking so far; nobody where the event itself says that it is somebody else's now. */
function hostBefore(event: CalEvent, self: BookingKeyRow | null): string | null {
  if (self === null || triggerOf(event) === 'BOOKING_REASSIGNED') return null
  return self.hostId ?? self.userId
}

/** Locks and reads what stands around a booking, by all of its names: an event may leave out what an earlier one told. */
async function lookAround(tx: Transaction, { event, isLocked }: Arrival): Promise<RelatedBookings> {
  const told = identifiersOf(event)
  if (!isLocked) await lockIdentifiers(tx, told)
  const around = await readRelatedBookings(tx, told)
  const { self } = around
  const isAllTold = self === null || self.iCalUid === null || told.iCalUid !== null || told.rescheduledFromUid === null
  if (isAllTold) return around
  const names = { ...told, iCalUid: self.iCalUid }
  await lockIdentifiers(tx, names)
  return readRelatedBookings(tx, names)
}

/** Why an event can't be applied yet, or null when it can. */
function whyKept(
  { event, signedBy }: Arrival,
  { self }: RelatedBookings,
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
function neighboursOf(around: RelatedBookings, { event, signedBy }: Arrival): BookingKeyRow[] {
  const isMoved = rescheduledFrom(event) !== null || (around.self?.rescheduledFromUid ?? null) !== null
  // The meetings of a series share an iCalUID too, and are no thread. Where one was moved, a link may have been lost.
  const sameEntry = around.sameCalendarEntry.filter((key) => isMoved || key.rescheduledFromUid !== null)
  const all = [around.predecessor, ...around.successors, ...sameEntry].filter((key) => key !== null)
  return all.filter((key) => mayReport(signedBy, key.userId, key.hostId))
}

function newBooking(deps: ApplyDeps): FoundBooking {
  return { id: deps.newId(), row: null, entries: [] }
}

function unchanged(self: BookingKeyRow | null): Applied {
  return { outcome: 'stale', bookingId: self?.id ?? null, ownerId: self?.userId ?? null, isNew: false }
}

/** A booking that is heard of only now may have been left already: those that took its place say so. */
async function departuresTo(
  tx: Transaction,
  deps: ApplyDeps,
  around: RelatedBookings,
  ownerId: string | null,
): Promise<LogEntry[]> {
  const departures: LogEntry[] = []
  for (const successor of around.successors) {
    const life = await openEventLog(tx, deps, successor.id)
    const told = (life?.entries ?? []).map(rescheduledAwayOf).filter((departure) => departure !== null)
    departures.push(...told.filter(({ signedBy }) => ownerId !== null && mayReport(signedBy, ownerId)))
  }
  return departures
}

/** The earlier booking with the departure that an event tells of; null where it tells of none, or none that is new. */
async function departOn(
  tx: Transaction,
  deps: ApplyDeps,
  { predecessor }: RelatedBookings,
  { id, row, entries: before }: FoundEventLog,
  own: LogEntry,
): Promise<Readonly<{ saved: SavedBooking; found: FoundEventLog }> | null> {
  const departure = rescheduledAwayOf(own)
  if (departure === null || predecessor === null || before === null) return null
  if (!mayReport(own.signedBy, predecessor.userId, predecessor.hostId)) return null
  const entries = addEntries(before, [departure])
  if (entries === null) return null
  const saved = await saveWith(tx, deps, { id, row, entries: before }, entries, {
    event: null,
    around: null,
    ownerId: null,
  })
  const { sensitivity, isAnonymous, eventTypeId, metadata } = saved.columns
  return { saved, found: { id, row: { ...row, sensitivity, isAnonymous, eventTypeId, metadata }, entries } }
}

async function saveWith(
  tx: Transaction,
  deps: ApplyDeps,
  found: FoundBooking,
  entries: readonly LogEntry[],
  given: { event: CalEvent | null; around: RelatedBookings | null; ownerId: string | null },
): Promise<SavedBooking> {
  const isFree = given.around !== null && given.around.numberTakenBy === null
  const number = isFree ? (given.event?.calBookingId ?? null) : null
  return saveBooking(tx, deps, found, projectBooking(found, entries, { number, ownerId: given.ownerId }))
}
