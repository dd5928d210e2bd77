import type { Database } from '../../../platform/database/client.ts'
import { runPipelined, type SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { type OwnedForm, readActiveForms } from '../../forms/active-form.reads.ts'
import { encryptResponse } from '../../forms/encrypt-response.ts'
import { knowsAllAsked } from '../../forms/questions.model.ts'
import { learned, offeredEventType } from '../lifecycle/closed-forms.model.ts'
import { entryOf } from '../lifecycle/event-log.model.ts'
import { answersGiven } from '../lifecycle/plaintext-columns.model.ts'
import { mayReport } from '../lifecycle/rescheduled-away.model.ts'
import { encryptBooking } from './encrypt-booking.ts'
import { lockedIdentifiersOf } from './identifier-locks.reads.ts'
import { type BookingIdentifiers, identifiersOf } from './identifiers.model.ts'
import { insertBookings, type NewBookingRow } from './insert-bookings.ts'
import type { NewBookingEvent } from './new-booking.model.ts'
import { areUnknown } from './new-bookings.reads.ts'
import { organizersOf } from './organizers.reads.ts'
import { projectBooking } from './project-booking.ts'
import { type PublishedBooking, publishNewBookings } from './publish-new-bookings.ts'
import type { DeliveryRow } from './record-delivery.ts'
import type { FoundBooking, SaveDeps } from './save-booking.ts'
import { tryLockIdentifiers } from './try-lock-identifiers.ts'

export type CreateDeps = SaveDeps & Readonly<{ database: Database; queue: Pick<Queue, 'enqueueAll'> }>

/** A delivery that may begin a booking. */
export type NewBooking = Readonly<{
  event: NewBookingEvent
  /** The pastor whose own secret signed it; null for the church's. */
  signedBy: string | null
  /** The delivery as it is to be kept; `outcome` and what follows from it are not told yet. */
  delivery: DeliveryRow
}>

/** The booking that a delivery began. */
export type CreatedBookings = Readonly<{ bookingId: string }>

/**
 * Begins the bookings of several deliveries in one transaction: what applyEvent does with an event of a booking that
 * nothing here is known of, where its pastor and a form with all of its questions are. Nothing is written of any other
 * delivery, and null returned for it, also of one whose names another transaction, or another delivery of these, works on.
 */
export async function createBookings(
  deps: CreateDeps,
  beginnings: readonly NewBooking[],
): Promise<(CreatedBookings | null)[]> {
  return runPipelined(deps.database, async (tx) => {
    const known = await findCircumstances(tx, withNamesOfTheirOwn(beginnings))
    const made = (await Promise.all(known.map((circumstances) => make(deps, circumstances)))).filter(
      (booking) => booking !== null,
    )
    await Promise.all([insertBookings(tx, made), publishNewBookings(tx, deps, made)])
    const begun = new Map(made.map(({ delivery, booking }) => [delivery.id, { bookingId: booking.id }]))
    return beginnings.map(({ delivery }) => begun.get(delivery.id) ?? null)
  })
}

type Named = Readonly<{ beginning: NewBooking; names: BookingIdentifiers }>

/** Two deliveries of one booking are two steps, and its own locks keep a transaction from nothing: only the first goes along. */
function withNamesOfTheirOwn(beginnings: readonly NewBooking[]): Named[] {
  const taken = new Set<string>()
  return beginnings.flatMap((beginning) => {
    const names = identifiersOf(beginning.event)
    const own = lockedIdentifiersOf(names)
    const isFree = own.length > 0 && own.every((name) => !taken.has(name))
    for (const name of own) taken.add(name)
    return isFree ? [{ beginning, names }] : []
  })
}

/** What has to be known before a booking can begin. */
type Circumstances = Readonly<{ beginning: NewBooking }> & OwnedForm

/** Those of which nothing is known, under the locks of their names, and whose pastor and form are here. */
async function findCircumstances(tx: SqlTransaction, beginnings: readonly Named[]): Promise<Circumstances[]> {
  if (beginnings.length === 0) return []
  const events = beginnings.map(({ beginning }) => beginning.event)
  const [areOurs, areNew, forms] = await Promise.all([
    tryLockIdentifiers(
      tx,
      beginnings.map(({ names }) => lockedIdentifiersOf(names)),
    ),
    // A statement of its own: its snapshot is taken after the locks, so it sees what whoever had them before committed.
    areUnknown(
      tx,
      beginnings.map(({ names, beginning }) => ({ names, digest: beginning.delivery.digest })),
    ),
    readActiveForms(
      tx,
      organizersOf(events.map(({ organizer }) => organizer)),
      events.map(({ eventTypeId }) => eventTypeId ?? 0),
    ),
  ])
  return beginnings.flatMap(({ beginning }, at) => {
    const owned = forms[at] ?? null
    const isPlain = areOurs[at] === true && areNew[at] === true && owned !== null
    return isPlain && mayReport(beginning.signedBy, owned.ownerId) ? [{ beginning, ...owned }] : []
  })
}

/** The booking with all that is written with it; null where its form or its event type lacks something, which takes a lock to add. */
async function make(
  deps: CreateDeps,
  { beginning, ownerId, form, eventType }: Circumstances,
): Promise<(NewBookingRow & PublishedBooking) | null> {
  const { event, signedBy, delivery } = beginning
  const found: FoundBooking = { id: deps.newId(), row: null, entries: [] }
  const next = projectBooking(found, [entryOf(event, { ownerId, signedBy })], { number: event.calBookingId, ownerId })
  if (next.life.eventTypeId !== 0 && learned(eventType, offeredEventType(next.life)) !== null) return null
  const { written, sealed } = await encryptBooking(deps, found, next, {
    sensitivity: form.schema.sensitivity ?? null,
    texts: eventType,
  })
  const given = answersGiven(found.id, next.ownerId, next.life, written.columns)
  if (!knowsAllAsked(form, given)) return null
  const answers = given.answered.length === 0 ? null : await encryptResponse(deps, deps.newId(), form, given)
  const saved = {
    bookingId: found.id,
    ownerId: next.ownerId,
    previousOwnerId: null,
    isNew: true,
    parts: [],
    columns: written.columns,
    audit: answers === null ? [sealed] : [sealed, answers.sealed],
  }
  return { booking: written, response: answers?.row ?? null, delivery, saved, event }
}
