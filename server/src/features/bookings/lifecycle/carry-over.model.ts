import type { CalAnswer, CalPerson } from './cal-event.model.ts'
import type { CarriedOver, LogEntry } from './event-log.model.ts'
import { mergeAnswers, personKeyOf, type SeatWords } from './participants.model.ts'
import { mayReport } from './rescheduled-away.model.ts'
import { isLooser, type Sensitivity, strictestOf } from './sensitivity.model.ts'

/** What was taken over from earlier bookings, the earliest first. */
export function carriedIn(entries: readonly LogEntry[]): CarriedOver[] {
  const all = entries.flatMap(({ event }) => (event.kind === 'carried_over' ? [event] : []))
  return all.sort((a, b) => compare(a.bookedAt ?? '', b.bookedAt ?? '') || compare(a.from, b.from))
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/**
 * The entries with exactly what is carried over now. What a pastor hid stays hidden: undoing it on the earlier booking later
 * shows nothing here. The words of an earlier booking that retention has emptied stay too, because they are this one's by now.
 */
export function withCarriedOver(entries: readonly LogEntry[], fresh: readonly FreshCarry[]): LogEntry[] {
  const before = new Map(carriedIn(entries).map((carried) => [carried.from, carried]))
  const own = entries.filter(({ event }) => event.kind !== 'carried_over')
  return [
    ...own,
    ...fresh.map(({ carried, isEmptied }) => entryFor(joined(carried, before.get(carried.from), isEmptied))),
  ]
}

/** What an earlier booking hands on now. `isEmptied`: retention has emptied it, so that only its columns tell of it. */
export type FreshCarry = Readonly<{ carried: CarriedOver; isEmptied: boolean }>

function joined(fresh: CarriedOver, before: CarriedOver | undefined, isEmptied: boolean): CarriedOver {
  if (before === undefined) return fresh
  const words = isEmptied ? before : fresh
  const wasSetAgain = fresh.pastorSensitivity !== before.pastorSensitivity
  const isUndone = wasSetAgain && isLooser(fresh.sensitivity, before.sensitivity)
  const { sensitivity, pastorSensitivity } = isUndone ? before : fresh
  const pastorAnonymous = fresh.pastorAnonymous || before.pastorAnonymous
  return {
    ...words,
    sensitivity,
    pastorSensitivity,
    isAnonymous: fresh.isAnonymous || before.pastorAnonymous,
    pastorAnonymous,
  }
}

function entryFor(event: CarriedOver): LogEntry {
  return { id: `carried_over:${event.from}`, ownerId: null, signedBy: null, event }
}

/** The uids of the earlier bookings that a booking's events name, each with the events that do. */
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

/** Whether a booking took the place of an earlier one, which it may not name. */
export function isMoved(entries: readonly LogEntry[]): boolean {
  return (
    namedPredecessors(entries).size > 0 ||
    entries.some(({ event }) => event.kind === 'booking' && event.trigger === 'BOOKING_RESCHEDULED')
  )
}

/**
 * Whether what ties two bookings together may tell the later one of the earlier. What only a pastor's own secret signed
 * takes nothing over from a colleague's booking: whoever sets such a secret could read it that way.
 */
export function mayCarryOver(
  ties: readonly LogEntry[],
  earlier: Readonly<{ userId: string; hostId: string | null }>,
): boolean {
  return ties.some(({ signedBy }) => mayReport(signedBy, earlier.userId, earlier.hostId))
}

/** Who moved on from a meeting with seats by these events, by their keys; null for everybody. */
export function moversIn(ties: readonly LogEntry[]): readonly string[] | null {
  const keys = ties.flatMap(({ event }) =>
    event.kind === 'booking' || event.kind === 'meeting' ? event.attendees.map(personKeyOf) : [],
  )
  return keys.length === 0 ? null : [...new Set(keys)]
}

/** The earliest time that an event of a booking's own tells. */
export function bookedAtOf(entries: readonly LogEntry[]): string | null {
  const times = entries.flatMap(({ event }) =>
    event.kind === 'booking' && event.createdAt !== null ? event.createdAt : [],
  )
  return times.sort()[0] ?? null
}

/** A booking's own words, or where it has none those that it took over. */
export type Words = Readonly<{ people: readonly CalPerson[]; answers: readonly CalAnswer[]; notes: string | null }>

/** What whoever booked said before, under what they say now: each answer of the new booking's counts first. */
export function withEarlierWords(own: Words, carried: readonly CarriedOver[]): Words {
  const said = carried.flatMap((each) => [each, ...each.seats])
  const notes = said.flatMap((each) => each.notes ?? []).at(-1) ?? null
  const people = carried.flatMap((each) => [...each.people, ...each.seats.map(({ person }) => person)])
  return {
    people: own.people.length > 0 ? own.people.map((person) => withKnownNumber(person, people)) : latestPeople(carried),
    answers: mergeAnswers([...said.flatMap(({ answers }) => answers), ...own.answers]),
    notes: own.notes ?? notes,
  }
}

function latestPeople(carried: readonly CarriedOver[]): readonly CalPerson[] {
  const last = carried.at(-1)
  if (last === undefined) return []
  return last.people.length > 0 ? last.people : last.seats.map(({ person }) => person)
}

/** The same for one seat: nobody's earlier words but that person's own. */
export function withEarlierSeat(own: SeatWords, carried: readonly CarriedOver[]): SeatWords {
  const key = personKeyOf(own.person)
  const isOwn = (person: CalPerson) => personKeyOf(person) === key
  const said = carried.flatMap((each) => [
    ...(each.people.some(isOwn) ? [each] : []),
    ...each.seats.filter(({ person }) => isOwn(person)),
  ])
  return {
    person: withKnownNumber(
      own.person,
      carried.flatMap((each) => [...each.people, ...each.seats.map(({ person }) => person)]),
    ),
    notes: own.notes ?? said.flatMap((each) => each.notes ?? []).at(-1) ?? null,
    answers: mergeAnswers([...said.flatMap(({ answers }) => answers), ...own.answers]),
  }
}

function withKnownNumber(person: CalPerson, earlier: readonly CalPerson[]): CalPerson {
  if (person.phoneNumber !== null) return person
  const key = personKeyOf(person)
  const known = earlier.findLast((each) => personKeyOf(each) === key && each.phoneNumber !== null)
  return known === undefined ? person : { ...person, phoneNumber: known.phoneNumber }
}

/** What the earlier bookings' pastors set: the strictest. Null where nobody did. */
export function carriedPastorSensitivity(carried: readonly CarriedOver[]): Sensitivity | null {
  return strictestOf(carried.map(({ pastorSensitivity }) => pastorSensitivity))
}

/** No booking shows more than the one whose place it took, unless its own pastor says so. */
export function carriedFloor(carried: readonly CarriedOver[]): Sensitivity | null {
  return strictestOf(carried.map(({ sensitivity }) => sensitivity))
}

/**
 * Whether only a pastor's own secret says that a booking took an earlier one's place, and the earlier one is not that
 * pastor's here. Such a booking is High, whatever the earlier one is, and whether there is one: else its sensitivity would
 * tell of a colleague's booking.
 */
export function isMovedUnverified(entries: readonly LogEntry[]): boolean {
  const carried = new Set(carriedIn(entries).map(({ from }) => from))
  return [...namedPredecessors(entries)].some(
    ([uid, naming]) => !carried.has(uid) && naming.every(({ signedBy }) => signedBy !== null),
  )
}
