import type { BookingEvent, CalAnswer, CalPerson, MeetingEvent } from './cal-event.model.ts'
import type { LogEntry, RescheduledAway } from './event-log.model.ts'
import { inOrderOfTime, type Ordered, rankOf } from './event-order.model.ts'

/** A person in a booking. */
export type Person = CalPerson & Readonly<{ isNoShow: boolean }>

/** The texts of one person in a meeting with seats, who booked their seat separately. */
export type SeatTexts = Readonly<{ person: CalPerson; notes: string | null; answers: readonly CalAnswer[] }>

type DescriptiveEvents = BookingEvent | MeetingEvent

/** The key of a person: their email address in lower case, or else their name or number. */
export function personKeyOf(person: CalPerson): string {
  return (person.email ?? person.name ?? person.phoneNumber ?? '').toLowerCase()
}

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

/** The last no-show mark of each person. */
export function noShowMarks(entries: readonly LogEntry[]): Map<string, boolean> {
  const marks = entries.flatMap(({ id, event }) => (event.kind === 'no_show' ? [{ id, event }] : []))
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
