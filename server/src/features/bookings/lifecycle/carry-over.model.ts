import { type CalAnswer, type CalPerson, personKeyOf } from './cal-event.model.ts'
import { type CarriedOver, type LogEntry, mayReport } from './event-log.model.ts'
import { mergeAnswers, type SeatTexts } from './participants.model.ts'
import { isLooser, type Sensitivity, strictestOf } from './sensitivity.model.ts'

/** What was carried over from earlier bookings, earliest first. */
export function carriedIn(entries: readonly LogEntry[]): CarriedOver[] {
  const all = entries.flatMap(({ event }) => (event.kind === 'carried_over' ? [event] : []))
  return all.sort((a, b) => compare(a.bookedAt ?? '', b.bookedAt ?? '') || compare(a.from, b.from))
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/**
 * Replaces the carried-over entries with the current ones. What a pastor hid stays hidden, even if it is later revealed on
 * the earlier booking. The texts of an earlier booking that retention has emptied are kept, because they belong to this
 * booking now.
 */
export function withCarriedOver(entries: readonly LogEntry[], fresh: readonly FreshCarry[]): LogEntry[] {
  const before = new Map(carriedIn(entries).map((carried) => [carried.from, carried]))
  const own = entries.filter(({ event }) => event.kind !== 'carried_over')
  return [
    ...own,
    ...fresh.map(({ carried, isEmptied }) => entryFor(merged(carried, before.get(carried.from), isEmptied))),
  ]
}

/**
 * What an earlier booking passes on now. `isEmptied` means that retention has emptied it, so that only its columns are left.
 */
export type FreshCarry = Readonly<{ carried: CarriedOver; isEmptied: boolean }>

function merged(fresh: CarriedOver, before: CarriedOver | undefined, isEmptied: boolean): CarriedOver {
  if (before === undefined) return fresh
  const texts = isEmptied ? before : fresh
  const hasChanged = fresh.pastorSensitivity !== before.pastorSensitivity
  const isUndone = hasChanged && isLooser(fresh.sensitivity, before.sensitivity)
  const { sensitivity, pastorSensitivity } = isUndone ? before : fresh
  const pastorAnonymous = fresh.pastorAnonymous || before.pastorAnonymous
  return {
    ...texts,
    sensitivity,
    pastorSensitivity,
    isAnonymous: fresh.isAnonymous || before.pastorAnonymous,
    pastorAnonymous,
  }
}

function entryFor(event: CarriedOver): LogEntry {
  return { id: `carried_over:${event.from}`, ownerId: null, signedBy: null, event }
}

/** The UIDs of earlier bookings that a booking's events name, with those events. */
export function namedPredecessors(entries: readonly LogEntry[]): Map<string, LogEntry[]> {
  const naming = entries.flatMap((entry) => {
    const { event } = entry
    if (event.kind !== 'booking' && event.kind !== 'meeting') return []
    const uid = event.rescheduledFromUid
    return uid === null || uid === event.uid ? [] : [{ uid, entry }]
  })
  const byUid = Map.groupBy(naming, ({ uid }) => uid)
  return new Map([...byUid].map(([uid, named]) => [uid, named.map(({ entry }) => entry)]))
}

/** Whether the booking replaced an earlier one, which its events don't always name. */
export function isMoved(entries: readonly LogEntry[]): boolean {
  return (
    namedPredecessors(entries).size > 0 ||
    entries.some(({ event }) => event.kind === 'booking' && event.trigger === 'BOOKING_RESCHEDULED')
  )
}

/**
 * Whether the events that link two bookings may carry data over to the later one. Events signed only with a pastor's own
 * secret can't read from a colleague's booking: otherwise anyone with such a secret could.
 */
export function mayCarryOver(
  links: readonly LogEntry[],
  earlier: Readonly<{ userId: string; hostId: string | null }>,
): boolean {
  return links.some(({ signedBy }) => mayReport(signedBy, earlier.userId, earlier.hostId))
}

/** The keys of the people who moved from a meeting with seats by these events. Null for everybody. */
export function moversIn(links: readonly LogEntry[]): readonly string[] | null {
  const keys = links.flatMap(({ event }) =>
    event.kind === 'booking' || event.kind === 'meeting' ? event.attendees.map(personKeyOf) : [],
  )
  return keys.length === 0 ? null : [...new Set(keys)]
}

/** The earliest creation time of a booking's own events. */
export function bookedAtOf(entries: readonly LogEntry[]): string | null {
  const times = entries.flatMap(({ event }) =>
    event.kind === 'booking' && event.createdAt !== null ? event.createdAt : [],
  )
  return times.sort()[0] ?? null
}

/** The texts and people of a booking, or of the earlier bookings where it has none. */
export type BookingTexts = Readonly<{
  people: readonly CalPerson[]
  answers: readonly CalAnswer[]
  notes: string | null
}>

/** Adds the texts of earlier bookings. The booking's own answers take precedence. */
export function withEarlierTexts(own: BookingTexts, carried: readonly CarriedOver[]): BookingTexts {
  const earlierTexts = carried.flatMap((each) => [each, ...each.seats])
  const notes = earlierTexts.flatMap((each) => each.notes ?? []).at(-1) ?? null
  const people = carried.flatMap((each) => [...each.people, ...each.seats.map(({ person }) => person)])
  return {
    people: own.people.length > 0 ? own.people.map((person) => withKnownNumber(person, people)) : latestPeople(carried),
    answers: mergeAnswers([...earlierTexts.flatMap(({ answers }) => answers), ...own.answers]),
    notes: own.notes ?? notes,
  }
}

function latestPeople(carried: readonly CarriedOver[]): readonly CalPerson[] {
  const last = carried.at(-1)
  if (last === undefined) return []
  return last.people.length > 0 ? last.people : last.seats.map(({ person }) => person)
}

/** The same for one seat. Only adds texts of the same person. */
export function withEarlierSeat(own: SeatTexts, carried: readonly CarriedOver[]): SeatTexts {
  const key = personKeyOf(own.person)
  const isOwn = (person: CalPerson) => personKeyOf(person) === key
  const earlierTexts = carried.flatMap((each) => [
    ...(each.people.some(isOwn) ? [each] : []),
    ...each.seats.filter(({ person }) => isOwn(person)),
  ])
  return {
    person: withKnownNumber(
      own.person,
      carried.flatMap((each) => [...each.people, ...each.seats.map(({ person }) => person)]),
    ),
    notes: own.notes ?? earlierTexts.flatMap((each) => each.notes ?? []).at(-1) ?? null,
    answers: mergeAnswers([...earlierTexts.flatMap(({ answers }) => answers), ...own.answers]),
  }
}

function withKnownNumber(person: CalPerson, earlier: readonly CalPerson[]): CalPerson {
  if (person.phoneNumber !== null) return person
  const key = personKeyOf(person)
  const known = earlier.findLast((each) => personKeyOf(each) === key && each.phoneNumber !== null)
  return known === undefined ? person : { ...person, phoneNumber: known.phoneNumber }
}

/** The strictest sensitivity that a pastor set on an earlier booking. Null if none did. */
export function carriedPastorSensitivity(carried: readonly CarriedOver[]): Sensitivity | null {
  return strictestOf(carried.map(({ pastorSensitivity }) => pastorSensitivity))
}

/** The minimum sensitivity: a booking shows no more than the one it replaced, unless its own pastor decides so. */
export function carriedFloor(carried: readonly CarriedOver[]): Sensitivity | null {
  return strictestOf(carried.map(({ sensitivity }) => sensitivity))
}

/**
 * Whether the only evidence that a booking replaced an earlier one is signed with a pastor's own secret, and the earlier one
 * isn't that pastor's. Such a booking is High, whatever the earlier one is and even if it doesn't exist: otherwise its
 * sensitivity would reveal something about a colleague's booking.
 */
export function isMovedUnverified(entries: readonly LogEntry[]): boolean {
  const carried = new Set(carriedIn(entries).map(({ from }) => from))
  return [...namedPredecessors(entries)].some(
    ([uid, naming]) => !carried.has(uid) && naming.every(({ signedBy }) => signedBy !== null),
  )
}
