import type { BookingEvent, CalAnswer, CalLocation, CalPerson, MeetingEvent } from './cal-event.model.ts'
import { carriedIn, withEarlierSeat, withEarlierWords } from './carry-over.model.ts'
import { type Contact, peopleWithContacts, withOwnNumber } from './contacts.model.ts'
import { type DescriptiveEvents, descriptiveEventsIn } from './descriptive-events.model.ts'
import type { CarriedOver, LogEntry, MeetingOutcome } from './event-log.model.ts'
import { latestDecision, type Ordered } from './event-order.model.ts'
import { ownershipOf } from './ownership.model.ts'
import {
  freesOneSeat,
  listedPeople,
  mergeAnswers,
  noShowMarks,
  type Person,
  personKeyOf,
  seatedPeople,
} from './participants.model.ts'
import { mayReport } from './rescheduled-away.model.ts'
import type { BookingStatus } from './status.model.ts'

/** An answer with the person whose it is, where several people each booked a seat. */
type FoldedAnswer = CalAnswer & Readonly<{ by: CalPerson | null }>

/** All that is known of a booking: a pure function of the set of its events, whatever order they came in. */
export type FoldedBooking = Readonly<{
  ownerId: string | null
  /** The user whom Cal.com names as organizer; another than the owner where the booking was handed over here. */
  hostId: string | null
  status: BookingStatus
  uid: string | null
  calBookingId: number | null
  iCalUid: string | null
  rescheduledFromUid: string | null
  eventTypeId: number
  eventTypeTitle: string | null
  eventTypeSlug: string | null
  eventTypeDescription: string | null
  title: string | null
  startTime: Date
  endTime: Date
  organizerTimeZone: string | null
  isSeated: boolean
  hasStarted: boolean
  people: readonly Person[]
  /** How everybody can be reached, also those of whom only an answer tells. */
  contacts: readonly Contact[]
  answers: readonly FoldedAnswer[]
  notes: string | null
  place: CalLocation | null
  cancellationReason: string | null
  rejectionReason: string | null
  /** The newest event that was put in order, for comparing with what Cal.com's API says. */
  newest: Readonly<{ trigger: string; sequence: number | null; createdAt: string | null }> | null
}>

/** The life that the events tell, or null while none of them says when the meeting is. */
export function foldEvents(all: readonly LogEntry[]): FoldedBooking | null {
  const { ownerId, hostId } = ownershipOf(all)
  // A pastor's own word is about that pastor's bookings: of a colleague's it must not tell, nor close it.
  const entries = ownerId === null ? all : all.filter(({ signedBy }) => mayReport(signedBy, ownerId, hostId))
  const { booked, met, speaking } = descriptiveEventsIn(entries)
  const last = <T>(pick: (event: DescriptiveEvents) => T | null): T | null => latest(speaking, pick)
  // A booking never loses when it is and by what names it is found, whoever said so.
  const everSaid = descriptiveEventsIn(all).speaking
  const timed = last((event) => event.startTime) === null ? everSaid : speaking
  const startTime = latest(timed, (event) => event.startTime)
  if (startTime === null) return null
  const isSeated = speaking.some((event) => event.isSeated)
  const carried = carriedIn(entries)
  const said = isSeated ? saidBySeats(entries, carried) : saidByBooker(speaking, carried)
  const marks = noShowMarks(entries)
  const marked = said.people.map((person) => ({ ...person, isNoShow: marks.get(personKeyOf(person)) === true }))
  const { people, contacts } = peopleWithContacts(marked, said.answers, (person) => ({ ...person, isNoShow: false }))
  const newest = booked.at(-1)?.event ?? null
  return {
    ownerId,
    hostId,
    status: statusOf({ booked, met, entries, isSeated, people: marked, startTime }),
    uid: last((event) => event.uid) ?? latest(everSaid, (event) => event.uid),
    calBookingId: last((event) => event.calBookingId) ?? latest(everSaid, (event) => event.calBookingId),
    iCalUid: last((event) => event.iCalUid),
    rescheduledFromUid: last((event) => (event.rescheduledFromUid === event.uid ? null : event.rescheduledFromUid)),
    eventTypeId: last((event) => event.eventTypeId) ?? 0,
    eventTypeTitle: last((event) => event.eventTypeTitle),
    eventTypeSlug: last((event) => event.eventTypeSlug),
    eventTypeDescription: last((event) => event.eventTypeDescription),
    title: last((event) => event.title),
    startTime: new Date(startTime),
    endTime: endOf(timed, startTime),
    organizerTimeZone: last((event) => event.organizer?.timeZone ?? null),
    isSeated,
    hasStarted: met.length > 0,
    people,
    contacts,
    answers: said.answers,
    notes: said.notes,
    place: placeOf(speaking),
    cancellationReason: last((event) => event.cancellationReason),
    rejectionReason: last((event) => event.rejectionReason),
    newest: newest && { trigger: newest.trigger, sequence: newest.sequence, createdAt: newest.createdAt },
  }
}

function latest<T>(events: readonly DescriptiveEvents[], pick: (event: DescriptiveEvents) => T | null): T | null {
  for (const event of events.toReversed()) {
    const picked = pick(event)
    if (picked !== null) return picked
  }
  return null
}

function endOf(speaking: readonly DescriptiveEvents[], startTime: string): Date {
  const start = Date.parse(startTime)
  // The end belongs to its own start: that of an earlier time would make another length.
  const source = speaking.findLast((event) => event.startTime === startTime && event.endTime !== null)
  const end = source?.endTime ? Date.parse(source.endTime) : null
  if (end !== null && end >= start) return new Date(end)
  const minutes = latest(speaking, (event) => event.lengthMinutes) ?? 0
  return new Date(start + Math.max(0, minutes) * 60_000)
}

type Said = Readonly<{ people: readonly CalPerson[]; answers: readonly FoldedAnswer[]; notes: string | null }>

function saidByBooker(speaking: readonly DescriptiveEvents[], carried: readonly CarriedOver[]): Said {
  const own = {
    people: listedPeople(speaking),
    answers: mergeAnswers(speaking.flatMap((event) => event.answers)),
    notes: latest(speaking, (event) => event.notes),
  }
  const said = withEarlierWords(own, carried)
  return { ...said, answers: said.answers.map((answer) => ({ ...answer, by: null })) }
}

function saidBySeats(entries: readonly LogEntry[], carried: readonly CarriedOver[]): Said {
  const seats = seatedPeople(entries).map((seat) => withEarlierSeat(seat, carried))
  const notes = seats.flatMap(({ person, notes: own }) => (own === null ? [] : `${nameOf(person)}: ${own}`))
  return {
    people: seats.map(({ person }) => person),
    answers: seats.flatMap(({ person, answers }) => answers.map((answer) => ({ ...answer, by: person }))),
    notes: notes.length === 0 ? null : notes.join('\n\n'),
  }
}

/** How a person is called where no name was given. */
export function nameOf(person: CalPerson): string {
  const { name, email } = withOwnNumber(person)
  return name ?? email ?? 'Guest'
}

/** The last place; what kind of place it is may stand in another payload of the same place. */
function placeOf(speaking: readonly DescriptiveEvents[]): CalLocation | null {
  const place = latest(speaking, (event) => (event.place?.text === null ? null : event.place))
  if (place === null) return latest(speaking, (event) => event.place)
  const same = speaking.filter((event) => event.place?.text === place.text)
  return {
    text: place.text,
    kind: latest(same, (event) => event.place?.kind ?? null),
    typed: latest(same, (event) => event.place?.typed ?? null),
    meetingLink: latest(same, (event) => event.place?.meetingLink ?? null),
  }
}

type Told = Readonly<{
  booked: readonly Ordered<BookingEvent>[]
  met: readonly Ordered<MeetingEvent>[]
  entries: readonly LogEntry[]
  isSeated: boolean
  people: readonly Person[]
  startTime: string
}>

function statusOf({ booked, met, entries, isSeated, people, startTime }: Told): BookingStatus {
  if (hasMoved(entries, people)) return 'rescheduled'
  let status: BookingStatus | null = null
  for (const { event } of booked) status = statusAfter(status, event, isSeated)
  const isMeetingAccepted = met.some(({ event }) => event.status === 'ACCEPTED' || event.status === null)
  // Only confirmed meetings take place: one that did was confirmed, even if the word of that was lost.
  if (status === null || (status === 'pending' && isMeetingAccepted)) {
    status = isMeetingAccepted ? 'confirmed' : reported(met.at(-1)?.event.status ?? null, 'confirmed')
  }
  if (status !== 'confirmed') return status
  // The pastor was there; Cal.com's clock and its marks only suppose.
  const outcome = outcomeIn(entries, startTime)
  if (outcome !== null) return outcome
  if (people.length > 0 && people.every((person) => person.isNoShow)) return 'no_show'
  return met.some(({ event }) => event.trigger === 'MEETING_ENDED') ? 'completed' : 'confirmed'
}

/** What the pastor last said of the meeting at this time. */
function outcomeIn(entries: readonly LogEntry[], startTime: string): MeetingOutcome | null {
  const said = entries.flatMap(({ id, event }) => (event.kind === 'outcome' ? [{ id, event }] : []))
  const ofThisTime = said.filter(({ event }) => Date.parse(event.startTime) === Date.parse(startTime))
  return latestDecision(ofThisTime)?.outcome ?? null
}

/** Another booking took this one's place; of a meeting with seats, that of everybody who was in it. */
function hasMoved(entries: readonly LogEntry[], people: readonly Person[]): boolean {
  const departures = entries.flatMap(({ event }) => (event.kind === 'departure' ? event : []))
  return departures.some((departure) => !departure.isSeated) || (departures.length > 0 && people.length === 0)
}

function statusAfter(before: BookingStatus | null, event: BookingEvent, isSeated: boolean): BookingStatus | null {
  switch (event.trigger) {
    // Says ACCEPTED while unpaid. One more seat to be paid for doesn't unsettle the meeting.
    case 'BOOKING_PAYMENT_INITIATED':
      return before ?? 'pending'
    case 'BOOKING_REQUESTED':
      return isSeated && before === 'confirmed' ? before : 'pending'
    case 'BOOKING_CREATED':
    case 'BOOKING_RESCHEDULED':
      return reported(event.status, 'confirmed')
    case 'BOOKING_PAID':
      return before === null || before === 'pending' ? reported(event.status, 'confirmed') : before
    case 'BOOKING_LOCATION_UPDATED':
    case 'BOOKING_REASSIGNED':
      return before ?? reported(event.status, 'confirmed')
    case 'BOOKING_REJECTED':
      return 'rejected'
    case 'BOOKING_CANCELLED':
      return isSeated && freesOneSeat(event) ? (before ?? 'confirmed') : 'cancelled'
  }
}

/** A payload may already know of a state that is later than its event. */
function reported(status: BookingEvent['status'], otherwise: BookingStatus): BookingStatus {
  switch (status) {
    case 'ACCEPTED':
      return 'confirmed'
    case 'PENDING':
    case 'AWAITING_HOST':
      return 'pending'
    case 'CANCELLED':
      return 'cancelled'
    case 'REJECTED':
      return 'rejected'
    case null:
      return otherwise
  }
}
