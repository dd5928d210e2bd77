import {
  type BookingEvent,
  type CalAnswer,
  type CalLocation,
  type CalPerson,
  type MeetingEvent,
  personKeyOf,
} from './cal-event.model.ts'
import { carriedIn, withEarlierSeat, withEarlierTexts } from './carry-over.model.ts'
import {
  type CarriedOver,
  type DescriptiveEvents,
  descriptiveEventsIn,
  type LogEntry,
  latestDecision,
  type MeetingOutcome,
  mayReport,
  type Ordered,
} from './event-log.model.ts'
import { correctedStart, endOf, latest } from './meeting-times.model.ts'
import {
  freesOneSeat,
  listedPeople,
  mergeAnswers,
  noShowMarks,
  ownershipOf,
  type Person,
  seatedPeople,
} from './participants.model.ts'
import { type Contact, peopleWithContacts, withOwnNumber } from './personal-identifiers.model.ts'

/** An answer with the person who gave it, if several people each booked a seat. */
type FoldedAnswer = CalAnswer & Readonly<{ by: CalPerson | null }>

/** The state of a booking: a pure function of the set of its events, independent of their arrival order. */
export type FoldedBooking = Readonly<{
  ownerId: string | null
  /** The organizer according to Cal.com. Differs from the owner if the booking was handed over in ChurchHub. */
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
  /** Whether Cal.com's end can't be right, so that `endTime` is the start plus the event type's length. */
  isEndTimeCorrected: boolean
  organizerTimeZone: string | null
  isSeated: boolean
  hasStarted: boolean
  people: readonly Person[]
  /** The contacts of all people, including those known only from answers. */
  contacts: readonly Contact[]
  answers: readonly FoldedAnswer[]
  notes: string | null
  place: CalLocation | null
  cancellationReason: string | null
  rejectionReason: string | null
  /** The newest event in order, for comparison with Cal.com's API. */
  newest: Readonly<{ trigger: string; sequence: number | null; createdAt: string | null }> | null
}>

/** Folds events into a booking. Null until an event contains the time of the meeting. */
export function foldEvents(all: readonly LogEntry[]): FoldedBooking | null {
  const { ownerId, hostId } = ownershipOf(all)
  // Events signed with a pastor's own secret only count for that pastor's bookings. They must not read from or close a
  // colleague's.
  const entries = ownerId === null ? all : all.filter(({ signedBy }) => mayReport(signedBy, ownerId, hostId))
  const { bookingEvents, meetingEvents, events } = descriptiveEventsIn(entries)
  const last = <T>(pick: (event: DescriptiveEvents) => T | null): T | null => latest(events, pick)
  // Time and identifiers are taken from any event, whoever signed it, so that a booking never loses them.
  const anyEvents = descriptiveEventsIn(all).events
  const timed = last((event) => event.startTime) === null ? anyEvents : events
  const startTime = correctedStart(meetingEvents, bookingEvents) ?? latest(timed, (event) => event.startTime)
  if (startTime === null) return null
  const isMoved = timed.some((event) => event.startTime !== null && event.startTime !== startTime)
  // An outcome belongs to a start time: a meeting that was moved has yet to take place.
  const ownMeetingEvents = meetingEvents.filter(({ event }) => (event.startTime ?? startTime) === startTime)
  const isSeated = events.some((event) => event.isSeated)
  const carried = carriedIn(entries)
  const texts = isSeated ? textsOfSeats(entries, carried) : textsOfBooker(events, carried)
  const marks = noShowMarks(entries, { startTime, isMoved })
  const marked = texts.people.map((person) => ({ ...person, isNoShow: marks.get(personKeyOf(person)) === true }))
  const { people, contacts } = peopleWithContacts(marked, texts.answers, (person) => ({ ...person, isNoShow: false }))
  const newest = bookingEvents.at(-1)?.event ?? null
  const end = endOf(timed, startTime)
  return {
    ownerId,
    hostId,
    status: statusOf({ bookingEvents, meetingEvents, ownMeetingEvents, entries, isSeated, people: marked, startTime }),
    uid: last((event) => event.uid) ?? latest(anyEvents, (event) => event.uid),
    calBookingId: last((event) => event.calBookingId) ?? latest(anyEvents, (event) => event.calBookingId),
    iCalUid: last((event) => event.iCalUid),
    rescheduledFromUid: last((event) => (event.rescheduledFromUid === event.uid ? null : event.rescheduledFromUid)),
    eventTypeId: last((event) => event.eventTypeId) ?? 0,
    eventTypeTitle: last((event) => event.eventTypeTitle),
    eventTypeSlug: last((event) => event.eventTypeSlug),
    eventTypeDescription: last((event) => event.eventTypeDescription),
    title: last((event) => event.title),
    startTime: new Date(startTime),
    endTime: end.endTime,
    isEndTimeCorrected: end.isCorrected,
    organizerTimeZone: last((event) => event.organizer?.timeZone ?? null),
    isSeated,
    hasStarted: ownMeetingEvents.length > 0,
    people,
    contacts,
    answers: texts.answers,
    notes: texts.notes,
    place: placeOf(events),
    cancellationReason: last((event) => event.cancellationReason),
    rejectionReason: last((event) => event.rejectionReason),
    newest: newest && { trigger: newest.trigger, sequence: newest.sequence, createdAt: newest.createdAt },
  }
}

type FoldedTexts = Readonly<{ people: readonly CalPerson[]; answers: readonly FoldedAnswer[]; notes: string | null }>

function textsOfBooker(events: readonly DescriptiveEvents[], carried: readonly CarriedOver[]): FoldedTexts {
  const own = {
    people: listedPeople(events),
    answers: mergeAnswers(events.flatMap((event) => event.answers)),
    notes: latest(events, (event) => event.notes),
  }
  const texts = withEarlierTexts(own, carried)
  return { ...texts, answers: texts.answers.map((answer) => ({ ...answer, by: null })) }
}

function textsOfSeats(entries: readonly LogEntry[], carried: readonly CarriedOver[]): FoldedTexts {
  const seats = seatedPeople(entries).map((seat) => withEarlierSeat(seat, carried))
  const notes = seats.flatMap(({ person, notes: own }) => (own === null ? [] : `${nameOf(person)}: ${own}`))
  return {
    people: seats.map(({ person }) => person),
    answers: seats.flatMap(({ person, answers }) => answers.map((answer) => ({ ...answer, by: person }))),
    notes: notes.length === 0 ? null : notes.join('\n\n'),
  }
}

/** The display name of a person. */
export function nameOf(person: CalPerson): string {
  const { name, email } = withOwnNumber(person)
  return name ?? email ?? 'Guest'
}

/** The last location. Its kind may come from another event with the same location. */
function placeOf(events: readonly DescriptiveEvents[]): CalLocation | null {
  const place = latest(events, (event) => (event.place?.text === null ? null : event.place))
  if (place === null) return latest(events, (event) => event.place)
  const same = events.filter((event) => event.place?.text === place.text)
  return {
    text: place.text,
    kind: latest(same, (event) => event.place?.kind ?? null),
    typed: latest(same, (event) => event.place?.typed ?? null),
    meetingLink: latest(same, (event) => event.place?.meetingLink ?? null),
  }
}

type StatusInput = Readonly<{
  bookingEvents: readonly Ordered<BookingEvent>[]
  meetingEvents: readonly Ordered<MeetingEvent>[]
  /** Those of the present start time. */
  ownMeetingEvents: readonly Ordered<MeetingEvent>[]
  entries: readonly LogEntry[]
  isSeated: boolean
  people: readonly Person[]
  startTime: string
}>

function statusOf(input: StatusInput): BookingStatus {
  const { bookingEvents, meetingEvents, ownMeetingEvents, entries, isSeated, people, startTime } = input
  if (hasRescheduledAway(entries, people)) return 'rescheduled'
  let status: BookingStatus | null = null
  for (const { event } of bookingEvents) status = statusAfter(status, event, isSeated)
  const isMeetingAccepted = meetingEvents.some(({ event }) => event.status === 'ACCEPTED' || event.status === null)
  // Only confirmed meetings take place, so a meeting event implies confirmation, even if that event was lost.
  if (status === null || (status === 'pending' && isMeetingAccepted)) {
    status = isMeetingAccepted
      ? 'confirmed'
      : statusFromPayload(meetingEvents.at(-1)?.event.status ?? null, 'confirmed')
  }
  if (status !== 'confirmed') return status
  // Cal.com cancels each seat, and never the meeting.
  if (isSeated && people.length === 0 && bookingEvents.some(({ event }) => freesOneSeat(event))) return 'cancelled'
  // The pastor was there, so their outcome takes precedence over Cal.com's timer and no-show marks.
  const outcome = outcomeIn(entries, startTime)
  if (outcome !== null) return outcome
  if (people.length > 0 && people.every((person) => person.isNoShow)) return 'no_show'
  return ownMeetingEvents.some(({ event }) => event.trigger === 'MEETING_ENDED') ? 'completed' : 'confirmed'
}

/** The pastor's latest outcome for the meeting at this time. */
function outcomeIn(entries: readonly LogEntry[], startTime: string): MeetingOutcome | null {
  const outcomes = entries.flatMap(({ id, event }) => (event.kind === 'outcome' ? [{ id, event }] : []))
  const ofThisTime = outcomes.filter(({ event }) => Date.parse(event.startTime) === Date.parse(startTime))
  return latestDecision(ofThisTime)?.outcome ?? null
}

/** Whether another booking replaced this one; for a meeting with seats, whether everyone has moved. */
function hasRescheduledAway(entries: readonly LogEntry[], people: readonly Person[]): boolean {
  const rescheduledAway = entries.flatMap(({ event }) => (event.kind === 'departure' ? event : []))
  return rescheduledAway.some((departure) => !departure.isSeated) || (rescheduledAway.length > 0 && people.length === 0)
}

function statusAfter(before: BookingStatus | null, event: BookingEvent, isSeated: boolean): BookingStatus | null {
  switch (event.trigger) {
    // Its status is ACCEPTED although payment is pending. A further unpaid seat doesn't affect the meeting.
    case 'BOOKING_PAYMENT_INITIATED':
      return before ?? 'pending'
    case 'BOOKING_REQUESTED':
      return isSeated && before === 'confirmed' ? before : 'pending'
    case 'BOOKING_CREATED':
    case 'INSTANT_MEETING_ACCEPTED':
    case 'BOOKING_RESCHEDULED':
      return statusFromPayload(event.status, 'confirmed')
    case 'BOOKING_PAID':
      return before === null || before === 'pending' ? statusFromPayload(event.status, 'confirmed') : before
    case 'BOOKING_LOCATION_UPDATED':
    case 'BOOKING_REASSIGNED':
      return before ?? statusFromPayload(event.status, 'confirmed')
    case 'BOOKING_REJECTED':
      return 'rejected'
    case 'BOOKING_CANCELLED':
      return isSeated && freesOneSeat(event) ? (before ?? 'confirmed') : 'cancelled'
  }
}

/** Maps Cal.com's status. A payload may already contain a status later than its event. */
function statusFromPayload(status: BookingEvent['status'], otherwise: BookingStatus): BookingStatus {
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

export const bookingStatuses = [
  'pending',
  'confirmed',
  'rejected',
  'cancelled',
  'rescheduled',
  'completed',
  'no_show',
] as const

export type BookingStatus = (typeof bookingStatuses)[number]
