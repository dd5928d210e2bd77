import { type SqlTransaction, sendInOrder } from '../../../platform/database/run-pipelined.ts'
import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import type { DeliveryRow, RecordedDelivery } from './deliveries.ts'
import { organizerText, settlementOf } from './delivery.model.ts'
import { lockBookings, lockNamesOf, mergeThreads } from './locks.ts'
import { type Prepared, prepareChange } from './prepare-change.ts'
import { type BookingSummaries, publishChanges } from './publish-changes.ts'
import { refreshSuccessors } from './refresh-successors.ts'
import {
  type BookingIdentifiers,
  identifiersOf,
  type RelatedBookings,
  readRelatedBookings,
  readSurroundings,
} from './related-bookings.reads.ts'
import { type SaveDeps, type SavedBooking, saveBookings } from './save-bookings.ts'

export type ApplyDeps = SaveDeps & Readonly<{ summaries: BookingSummaries }>

/** An event received from Cal.com, and its signer. */
export type Arrival = Readonly<{
  event: CalEvent
  /** The pastor whose own secret signed it. Null for the church's secret. */
  signedBy: string | null
  deliveryId: string | null
  /** The delivery, if it isn't recorded yet. */
  delivery?: DeliveryRow
}>

/** The result of applying an event. `bookingId` is null if there is no booking for it yet. */
export type Applied = Readonly<{
  outcome: 'applied' | 'stale' | 'unknown_organizer' | 'waiting_for_booking' | 'duplicate'
  bookingId: string | null
  ownerId: string | null
  isNew: boolean
}>

/**
 * Applies Cal.com events to their bookings, in the caller's transaction: lock, look up, append to the event log and
 * fold, encrypt and save, record the delivery, write the audit log, enqueue summaries, publish. Each booking is rebuilt
 * from all of its events, so that neither their order nor duplicates have any effect.
 *
 * @param mayWait - if false, waits for no lock, and skips every event that isn't a plain new booking, or whose booking
 *   an earlier event in the batch names. A skipped event writes nothing, has the result null, and must be applied on
 *   its own.
 * @throws UnreadableError if a booking's event log can't be decrypted
 * @throws AuditUnavailableError
 */
export async function applyEvents(
  tx: SqlTransaction,
  deps: ApplyDeps,
  arrivals: readonly Arrival[],
  mayWait = true,
): Promise<(Applied | null)[]> {
  const located = await lockAndLookUp(tx, arrivals, mayWait)
  const steps: Step[] = []
  for (const each of located) {
    const prepared: Prepared = each.isDuplicate ? duplicate : await prepareChange(tx, deps, each)
    if (mayWait || prepared.kind === 'change') steps.push({ ...each, prepared })
  }
  const changes = steps.flatMap(({ prepared }) => (prepared.kind === 'change' ? [prepared.change] : []))
  const saved = new Map((await saveBookings(tx, deps, changes, mayWait)).map((booking) => [booking.bookingId, booking]))
  const done: Done[] = []
  for (const step of steps) done.push(...(await finish(tx, deps, step, saved)))

  await publishChanges(
    tx,
    deps,
    done.flatMap(publishedChanges),
    done.flatMap((each) => recordedDelivery(deps, each)),
  )
  const results = new Map(done.map(({ arrival, applied }) => [arrival, applied]))
  return arrivals.map((arrival) => results.get(arrival) ?? null)
}

type Located = Readonly<{
  arrival: Arrival
  event: CalEvent
  signedBy: string | null
  related: RelatedBookings
  organizers: readonly string[]
  isDuplicate: boolean
}>

type Step = Located & Readonly<{ prepared: Prepared }>

/** An arrival with the bookings that it changed, if any. */
type Done = Readonly<{ arrival: Arrival; applied: Applied; saved: readonly SavedBooking[] }>

const duplicate: Prepared = { kind: 'unchanged', outcome: 'duplicate' }

/** Locks the bookings that the events name, then reads the related ones. */
async function lockAndLookUp(
  tx: SqlTransaction,
  arrivals: readonly Arrival[],
  mayWait: boolean,
): Promise<readonly Located[]> {
  const distinct = withBookingsOfTheirOwn(arrivals)
  if (distinct.length === 0) return []
  const lookups = distinct.map(({ arrival: { event, delivery }, identifiers }) => {
    const organizer = event.kind === 'no_show' ? null : event.organizer
    return { identifiers, organizer, digest: delivery?.digest ?? null }
  })
  const [areLocked, surroundings] = await sendInOrder(tx, [
    () =>
      lockBookings(
        tx,
        distinct.map(({ identifiers }) => identifiers),
        mayWait,
      ),
    // A separate statement: its snapshot is taken after the locks, so it includes what their previous holders
    // committed.
    () => readSurroundings(tx, lookups),
  ])
  const located: Located[] = []
  for (const [at, { arrival, identifiers }] of distinct.entries()) {
    const found = surroundings[at]
    if (found === undefined || areLocked[at] !== true) continue
    const { isDuplicate, hasPending, keyIds, organizers } = found
    if (!mayWait && (isDuplicate || hasPending || keyIds.length > 0)) continue
    const { event, signedBy } = arrival
    const related = await readRelatedBookings(tx, identifiers, keyIds)
    const all = mayWait ? await lookFurther(tx, identifiers, related) : related
    located.push({ arrival, event, signedBy, related: all, organizers, isDuplicate })
  }
  return located
}

type WithIdentifiers = Readonly<{ arrival: Arrival; identifiers: BookingIdentifiers }>

/**
 * Keeps one event per booking: a second event depends on the first, and the locks of one transaction don't separate
 * them.
 */
function withBookingsOfTheirOwn(arrivals: readonly Arrival[]): WithIdentifiers[] {
  const taken = new Set<string>()
  return arrivals.flatMap((arrival) => {
    const identifiers = identifiersOf(arrival.event)
    const names = lockNamesOf(identifiers)
    const isFree = names.length > 0 && names.every((name) => !taken.has(name))
    for (const name of names) taken.add(name)
    return isFree ? [{ arrival, identifiers }] : []
  })
}

/** An event may omit the iCalUID of an earlier one. Locks and reads the bookings related by it too. */
async function lookFurther(
  tx: SqlTransaction,
  identifiers: BookingIdentifiers,
  related: RelatedBookings,
): Promise<RelatedBookings> {
  const iCalUid = related.self?.iCalUid ?? null
  if (iCalUid === null || identifiers.iCalUid !== null || identifiers.rescheduledFromUid === null) return related
  const all = { ...identifiers, iCalUid }
  await lockBookings(tx, [all])
  const [found] = await readSurroundings(tx, [{ identifiers: all, organizer: null, digest: null }])
  return readRelatedBookings(tx, all, found?.keyIds ?? [])
}

/** The results of an arrival after its booking is saved. Empty if the booking was skipped. */
async function finish(
  tx: SqlTransaction,
  deps: ApplyDeps,
  { arrival, event, related, prepared }: Step,
  savedById: ReadonlyMap<string, SavedBooking>,
): Promise<Done[]> {
  const { self } = related
  if (prepared.kind === 'unchanged') {
    const { outcome } = prepared
    const ownerId = outcome === 'stale' ? (self?.userId ?? null) : null
    return [{ arrival, applied: { outcome, bookingId: self?.id ?? null, ownerId, isNew: false }, saved: [] }]
  }
  const { id } = prepared.change.found
  const booking = savedById.get(id)
  if (booking === undefined) return []
  const saved = [booking, ...(prepared.rescheduled === null ? [] : [prepared.rescheduled])]
  if (related.successors.length > 0 || related.sameCalendarEntry.some((key) => key.isMoved)) {
    const uid = event.uid ?? self?.calBookingUid ?? null
    saved.push(...(await refreshSuccessors(tx, deps, { id, uid, iCalUid: prepared.iCalUid })))
  }
  if (prepared.thread.length > 0) await mergeThreads(tx, prepared.thread)
  const isStale = saved.every(({ isNew, parts }) => !isNew && parts.length === 0)
  const outcome = isStale ? 'stale' : 'applied'
  return [{ arrival, applied: { outcome, bookingId: id, ownerId: booking.ownerId, isNew: self === null }, saved }]
}

/** The delivery of an arrival with its outcome, if it isn't recorded yet. */
function recordedDelivery({ clock }: ApplyDeps, { arrival: { delivery, event }, applied }: Done): RecordedDelivery[] {
  const { outcome } = applied
  if (delivery === undefined || outcome === 'duplicate') return []
  const organizer = outcome === 'unknown_organizer' ? organizerText(event) : null
  return [{ ...delivery, ...settlementOf({ ...applied, outcome }, clock.now()), organizer }]
}

function publishedChanges({ arrival: { event, deliveryId }, saved }: Done) {
  const cause = { trigger: event.trigger, deliveryId, event }
  return saved.map((booking) => ({ booking, cause }))
}
