import {
  type BookingEvent,
  type CalAnswer,
  type CalPerson,
  type MeetingEvent,
  type NoShowEvent,
  personKeyOf,
} from './cal-event.model.ts'
import {
  decided,
  descriptiveEventsIn,
  type HandOver,
  inOrderOfTime,
  type LogEntry,
  latestDecision,
  type Ordered,
  type RescheduledAway,
  rankOf,
} from './event-log.model.ts'

/** A person in a booking. */
export type Person = CalPerson & Readonly<{ isNoShow: boolean }>

/** The texts of one person in a meeting with seats, who booked their seat separately. */
export type SeatTexts = Readonly<{ person: CalPerson; notes: string | null; answers: readonly CalAnswer[] }>

type DescriptiveEvents = BookingEvent | MeetingEvent

/** The attendees of a meeting without seats: the last non-empty list. */
export function listedPeople(ordered: readonly DescriptiveEvents[]): CalPerson[] {
  return [...(ordered.findLast((event) => event.attendees.length > 0)?.attendees ?? [])]
}

/**
 * The people who have a seat. Each payload of a meeting with seats describes only its own seat, so people are collected from
 * all of them. The last event of each person decides: booked, cancelled, or moved to another meeting.
 */
export function seatedPeople(entries: readonly LogEntry[]): SeatTexts[] {
  return foldSeats(entries.flatMap(seatEventOf))
}

/** Everyone who ever had a seat, including those who left, with their texts. */
export function everSeated(entries: readonly LogEntry[]): SeatTexts[] {
  return foldSeats(
    entries.flatMap(seatEventOf).map(({ id, event }) => ({ id, event: { ...event, hasLeft: false, leaving: [] } })),
  )
}

function foldSeats(events: readonly Ordered<SeatEvent>[]): SeatTexts[] {
  const ordered = inOrderOfTime(events, (seatEvent) => seatEvent.rank)
  const seats = new Map<string, SeatTexts | null>()
  for (const { event: seatEvent } of ordered) {
    for (const person of seatEvent.people) {
      const key = personKeyOf(person)
      seats.set(key, seatEvent.hasLeft ? null : seatOf(seats.get(key) ?? null, person, seatEvent))
    }
    for (const key of seatEvent.leaving) seats.set(key, null)
  }
  return [...seats.values()].filter((seat) => seat !== null)
}

/**
 * In a meeting with seats, a cancellation frees one seat. Only one that names several people, or nobody, cancels the
 * meeting.
 */
export function freesOneSeat(event: BookingEvent): boolean {
  return event.trigger === 'BOOKING_CANCELLED' && event.attendees.length === 1
}

/**
 * The last no-show mark of each person.
 *
 * @param meeting - the present start, and whether there was another one: then earlier marks are for that one
 */
export function noShowMarks(
  entries: readonly LogEntry[],
  { startTime, isMoved }: Readonly<{ startTime: string; isMoved: boolean }>,
): Map<string, boolean> {
  const isForMeeting = (mark: NoShowEvent) =>
    mark.startTime === null
      ? !isMoved || mark.createdAt === null || mark.createdAt >= startTime
      : mark.startTime === startTime
  const marks = entries.flatMap(({ id, event }) =>
    event.kind === 'no_show' && isForMeeting(event) ? [{ id, event }] : [],
  )
  const ordered = inOrderOfTime(marks, () => 0)
  return new Map(ordered.flatMap(({ event }) => event.marks.map((mark) => [mark.email, mark.isNoShow] as const)))
}

type SeatEvent = Readonly<{
  createdAt: string | null
  rank: number
  people: readonly CalPerson[]
  hasLeft: boolean
  leaving: readonly string[]
  notes: string | null
  answers: readonly CalAnswer[]
}>

function seatEventOf({ id, event }: LogEntry): Ordered<SeatEvent>[] {
  if (event.kind === 'departure') return [{ id, event: rescheduledAwayEvent(event) }]
  if (event.kind !== 'booking' && event.kind !== 'meeting') return []
  const fields = { people: event.attendees, leaving: [], notes: event.notes, answers: event.answers }
  // A meeting event repeats the attendees from when it was booked, so it is older than all booking events.
  if (event.kind === 'meeting') return [{ id, event: { ...fields, createdAt: epoch, rank: -1, hasLeft: false } }]
  const hasLeft = freesOneSeat(event)
  return [{ id, event: { ...fields, createdAt: event.createdAt, rank: rankOf(event), hasLeft } }]
}

const epoch = new Date(0).toISOString()
const lastRank = Number.MAX_SAFE_INTEGER

function rescheduledAwayEvent({ createdAt, people }: RescheduledAway): SeatEvent {
  return { createdAt, rank: lastRank, people: [], hasLeft: true, leaving: people, notes: null, answers: [] }
}

/** Earlier texts are kept until replaced, because a later payload may lack them. */
function seatOf(earlier: SeatTexts | null, person: CalPerson, seatEvent: SeatEvent): SeatTexts {
  return {
    person,
    notes: seatEvent.notes ?? earlier?.notes ?? null,
    answers: mergeAnswers([...(earlier?.answers ?? []), ...seatEvent.answers]),
  }
}

/** The last non-empty answer to each question, in the order in which questions first appeared. */
export function mergeAnswers(answers: readonly CalAnswer[]): CalAnswer[] {
  const bySlug = new Map<string, CalAnswer>()
  for (const answer of answers) {
    const known = bySlug.get(answer.slug)
    const isCustom = answer.isCustom || known?.isCustom === true
    const answered = known !== undefined && answer.values.length === 0 ? known : answer
    bySlug.set(answer.slug, { ...answered, isCustom })
  }
  return [...bySlug.values()]
}

/** The owner of a booking, and the organizer according to Cal.com. Null while no user was named. */
export type Ownership = Readonly<{ ownerId: string | null; hostId: string | null }>

type Statement = Readonly<{ entryId: string; ownerId: string }>

/**
 * The owner is the organizer that Cal.com named last, unless the booking was handed over. A hand-over holds as long as
 * Cal.com keeps naming the same organizer, in old and new events. If it names somebody else afterwards, that is a later
 * decision and takes precedence.
 */
export function ownershipOf(entries: readonly LogEntry[]): Ownership {
  const statements = statementsIn(entries)
  const hostId = statements.at(-1)?.ownerId ?? null
  const handOver = latestDecision(
    entries.flatMap(({ id, event }) => (event.kind === 'hand_over' ? [{ id, event }] : [])),
  )
  const isValid = handOver !== null && isUncontradicted(handOver, statements)
  return { hostId, ownerId: isValid ? handOver.toUserId : hostId }
}

/** Creates the entry of a hand-over. */
export function handedOver(entries: readonly LogEntry[], to: { userId: string; from: string; at: Date }): LogEntry {
  const last = statementsIn(entries).at(-1)
  return decided(entries, to.at, {
    kind: 'hand_over',
    toUserId: to.userId,
    insteadOf: last?.ownerId ?? to.from,
    after: last?.entryId ?? null,
  })
}

/**
 * The hand-overs to carry over to a booking that replaces this one: rescheduling in Cal.com must not return it to the
 * organizer that Cal.com still names.
 */
export function carriedHandOvers(entries: readonly LogEntry[]): LogEntry[] {
  return entries.filter(({ event }) => event.kind === 'hand_over')
}

/**
 * The organizers named by events, in order. Events signed only with a pastor's own secret are ignored if the church's secret
 * signed any: otherwise anyone with such a secret could take over a colleague's booking and read it.
 */
function statementsIn(entries: readonly LogEntry[]): Statement[] {
  const ofChurch = namedIn(entries.filter(({ signedBy }) => signedBy === null))
  return ofChurch.length > 0 ? ofChurch : namedIn(entries)
}

function namedIn(entries: readonly LogEntry[]): Statement[] {
  const owners = new Map(entries.map(({ id, ownerId }) => [id, ownerId]))
  return descriptiveEventsIn(entries).ordered.flatMap(({ id: entryId }) => {
    const ownerId = owners.get(entryId) ?? null
    return ownerId === null ? [] : [{ entryId, ownerId }]
  })
}

function isUncontradicted({ after, insteadOf }: HandOver, statements: readonly Statement[]): boolean {
  // If the hand-over was carried over, its entry isn't in this log, and all statements count as later ones.
  const since = statements.slice(statements.findIndex(({ entryId }) => entryId === after) + 1)
  return since.every(({ ownerId }) => ownerId === insteadOf)
}
