import type { BookingEvent, CalAnswer, CalPerson, MeetingEvent } from './cal-event.model.ts'
import type { LogEntry, RescheduledAway } from './event-log.model.ts'
import { inOrderOfTime, type Ordered, rankOf } from './event-order.model.ts'

/** Somebody of a booking, and what is known of them. */
export type Person = CalPerson & Readonly<{ isNoShow: boolean }>

/** What one person of a seated meeting wrote; everybody books their seat alone. */
export type SeatWords = Readonly<{ person: CalPerson; notes: string | null; answers: readonly CalAnswer[] }>

type DescriptiveEvents = BookingEvent | MeetingEvent

/** What tells people apart: their address in any case, or, for want of one, their name or number. */
export function personKeyOf(person: CalPerson): string {
  return (person.email ?? person.name ?? person.phoneNumber ?? '').toLowerCase()
}

/** Who comes to a meeting that has no seats: the last list that names anybody. */
export function listedPeople(ordered: readonly DescriptiveEvents[]): CalPerson[] {
  return [...(ordered.findLast((event) => event.attendees.length > 0)?.attendees ?? [])]
}

/**
 * Who has a seat. Each payload of a seated booking tells of the seat that it is about and of no other, so the people are
 * put together from all of them, and of each person the last word counts: booked, cancelled, or moved to another meeting.
 */
export function seatedPeople(entries: readonly LogEntry[]): SeatWords[] {
  return foldSeats(entries.flatMap(seatWord))
}

/** Everybody who ever had a seat, also those who left, with what they wrote. */
export function everSeated(entries: readonly LogEntry[]): SeatWords[] {
  return foldSeats(
    entries.flatMap(seatWord).map(({ id, event }) => ({ id, event: { ...event, isGone: false, leaving: [] } })),
  )
}

function foldSeats(words: readonly Ordered<SeatWord>[]): SeatWords[] {
  const said = inOrderOfTime(words, (word) => word.rank)
  const seats = new Map<string, SeatWords | null>()
  for (const { event: word } of said) {
    for (const person of word.people) {
      const key = personKeyOf(person)
      seats.set(key, word.isGone ? null : seatOf(seats.get(key) ?? null, person, word))
    }
    for (const key of word.leaving) seats.set(key, null)
  }
  return [...seats.values()].filter((seat) => seat !== null)
}

/** A cancellation in a seated meeting frees one seat. Only one that names several people, or nobody, ends the meeting. */
export function freesOneSeat(event: BookingEvent): boolean {
  return event.trigger === 'BOOKING_CANCELLED' && event.attendees.length === 1
}

/** Who was marked as not having come: of each person the last mark. */
export function noShowMarks(entries: readonly LogEntry[]): Map<string, boolean> {
  const marks = entries.flatMap(({ id, event }) => (event.kind === 'no_show' ? [{ id, event }] : []))
  const ordered = inOrderOfTime(marks, () => 0)
  return new Map(ordered.flatMap(({ event }) => event.marks.map((mark) => [mark.email, mark.isNoShow] as const)))
}

type SeatWord = Readonly<{
  createdAt: string | null
  rank: number
  people: readonly CalPerson[]
  isGone: boolean
  leaving: readonly string[]
  notes: string | null
  answers: readonly CalAnswer[]
}>

function seatWord({ id, event }: LogEntry): Ordered<SeatWord>[] {
  if (event.kind === 'departure') return [{ id, event: departureWord(event) }]
  if (event.kind !== 'booking' && event.kind !== 'meeting') return []
  const said = { people: event.attendees, leaving: [], notes: event.notes, answers: event.answers }
  // A meeting's list was made when it was booked: it is older than anything that was said since.
  if (event.kind === 'meeting') return [{ id, event: { ...said, createdAt: epoch, rank: -1, isGone: false } }]
  const isGone = freesOneSeat(event)
  return [{ id, event: { ...said, createdAt: event.createdAt, rank: rankOf(event), isGone } }]
}

const epoch = new Date(0).toISOString()
const afterEverything = Number.MAX_SAFE_INTEGER

function departureWord({ createdAt, people }: RescheduledAway): SeatWord {
  return { createdAt, rank: afterEverything, people: [], isGone: true, leaving: people, notes: null, answers: [] }
}

/** What a person said earlier stands until they say something else: a later payload may have been emptied. */
function seatOf(earlier: SeatWords | null, person: CalPerson, word: SeatWord): SeatWords {
  return {
    person,
    notes: word.notes ?? earlier?.notes ?? null,
    answers: mergeAnswers([...(earlier?.answers ?? []), ...word.answers]),
  }
}

/** Of each question the last answer that says something, in the order in which the questions first came up. */
export function mergeAnswers(answers: readonly CalAnswer[]): CalAnswer[] {
  const bySlug = new Map<string, CalAnswer>()
  for (const answer of answers) {
    const known = bySlug.get(answer.slug)
    const isCustom = answer.isCustom || known?.isCustom === true
    const said = known !== undefined && answer.values.length === 0 ? known : answer
    bySlug.set(answer.slug, { ...said, isCustom })
  }
  return [...bySlug.values()]
}
