import { createHash } from 'node:crypto'
import {
  bookingTriggers,
  type CalEvent,
  type CalLocation,
  type CalOrganizer,
  calStatuses,
  guestNoShowTrigger,
  meetingTriggers,
  type NoShowEvent,
  noShowTrigger,
} from '../lifecycle/cal-event.model.ts'
import { isGrave } from '../lifecycle/sensitivity.model.ts'
import {
  allAnswersOf,
  type Fields,
  fieldsOf,
  instantOf,
  integerOf,
  isObject,
  notesOf,
  peopleOf,
  textOf,
  valuesOf,
} from './cal-fields.model.ts'

/** The result of parsing a delivery. */
export type ParsedDelivery = Readonly<
  | { kind: 'event'; trigger: string; createdAt: Date | null; event: CalEvent }
  | { kind: 'ping'; trigger: string; createdAt: Date | null }
  /** A trigger that concerns no booking, or that ChurchHub doesn't know. Recorded and acknowledged. */
  | { kind: 'other'; trigger: string; createdAt: Date | null; uid: string | null }
  /** Not JSON, no trigger, or a booking event without a booking identifier or with a start time that can't be right. */
  | { kind: 'unreadable'; trigger: string; createdAt: Date | null }
>

/**
 * Parses a delivery leniently: any field may be missing, null or of another type, and unknown fields are ignored. Never
 * throws. Handles the quirks of Cal.com's webhook versions 2021-10-20 and 2026-07-27.
 */
export function parseDelivery(body: string): ParsedDelivery {
  try {
    return readDelivery(body)
  } catch {
    // Bodies are untrusted: they are parsed before their signature is verified.
    return { kind: 'unreadable', trigger: 'UNREADABLE', createdAt: null }
  }
}

function readDelivery(body: string): ParsedDelivery {
  const root = fieldsOf(parseJson(body) ?? parseForm(body))
  const trigger = triggerNameOf(root.triggerEvent)
  // A custom payload template may put the fields beside triggerEvent. Cal.com itself does so for meetings.
  const payload = isObject(root.payload) ? fieldsOf(root.payload) : root
  if (trigger === null) return { kind: 'unreadable', trigger: 'UNREADABLE', createdAt: null }
  const at = instantOf(root.createdAt)
  const createdAt = at === null ? null : new Date(at)
  if (trigger === 'PING') return { kind: 'ping', trigger, createdAt }
  const event = eventOf(trigger, at, payload)
  if (event === null) return { kind: 'other', trigger, createdAt, uid: uidOf(payload) }
  if (event.uid === null && event.calBookingId === null) return { kind: 'unreadable', trigger, createdAt }
  if (event.kind === 'booking' && needsStart(trigger) && event.startTime === null && textOf(payload.startTime) !== null)
    return { kind: 'unreadable', trigger, createdAt }
  return { kind: 'event', trigger, createdAt: event.kind === 'meeting' ? meetingTime(event) : createdAt, event }
}

/** Whether a booking event is useless with a start that can't be read. A cancellation is not. */
function needsStart(trigger: string): boolean {
  return trigger !== 'BOOKING_CANCELLED' && trigger !== 'BOOKING_REJECTED'
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body.replace(/^\uFEFF/, ''))
  } catch {
    return null
  }
}

/** Cal.com sends any custom template that isn't JSON as urlencoded. Some of them actually are. */
function parseForm(body: string): Fields | null {
  if (!body.includes('triggerEvent=')) return null
  const fields = Object.fromEntries(new URLSearchParams(body))
  const payload = fields.payload
  return payload === undefined ? fields : { ...fields, payload: parseJson(payload) }
}

/** Root keys may contain text from visitors, so only names in Cal.com's format are accepted as triggers. */
function triggerNameOf(value: unknown): string | null {
  const name = textOf(value)?.toUpperCase() ?? ''
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? name : null
}

function eventOf(trigger: string, at: string | null, payload: Fields): CalEvent | null {
  if (trigger === noShowTrigger) return noShowOf(at, payload)
  if (trigger === guestNoShowTrigger) return guestNoShowOf(at, payload)
  const meeting = meetingTriggers.find((name) => name === trigger)
  if (meeting !== undefined)
    return {
      kind: 'meeting',
      trigger: meeting,
      updatedAt: instantOf(payload.updatedAt),
      ...descriptionOf(payload, meetingOwnerOf(payload)),
    }
  const booking = bookingTriggers.find((name) => name === trigger)
  if (booking === undefined) return null
  const sequence = integerOf(payload.iCalSequence)
  return {
    kind: 'booking',
    trigger: booking,
    createdAt: at,
    sequence: sequence !== null && sequence >= 0 ? sequence : null,
    ...descriptionOf(payload, organizerOf(payload.organizer)),
  }
}

function noShowOf(createdAt: string | null, payload: Fields): NoShowEvent {
  const attendees = Array.isArray(payload.attendees) ? payload.attendees : []
  const marks = attendees.flatMap((attendee: unknown) => {
    const { email: given, noShow } = fieldsOf(attendee)
    const email = textOf(given, 320)?.toLowerCase() ?? null
    return email === null || typeof noShow !== 'boolean' ? [] : { email, isNoShow: noShow }
  })
  return {
    kind: 'no_show',
    trigger: noShowTrigger,
    createdAt,
    startTime: null,
    uid: uidOf(payload),
    calBookingId: calBookingIdOf(payload),
    marks,
  }
}

/** Sent if no guest joined the video call in time, for a start time. The attendees' own `noShow` is still false then. */
function guestNoShowOf(createdAt: string | null, payload: Fields): CalEvent {
  const marks = peopleOf(payload.attendees).flatMap(({ email }) =>
    email === null ? [] : { email: email.toLowerCase(), isNoShow: true },
  )
  return {
    ...noShowOf(createdAt, payload),
    trigger: guestNoShowTrigger,
    startTime: instantOf(payload.startTime),
    marks,
  }
}

function descriptionOf(payload: Fields, organizer: CalOrganizer | null) {
  const attendees = peopleOf(payload.attendees)
  const notes = notesOf(payload)
  const place = placeOf(payload)
  const reportedStatus = textOf(payload.status)?.toUpperCase()
  return {
    uid: uidOf(payload),
    calBookingId: calBookingIdOf(payload),
    iCalUid: calendarIdIn(payload.iCalUID),
    // A meeting's payload is Cal.com's own database row, which calls this field fromReschedule.
    rescheduledFromUid: nameIn(payload.rescheduleUid ?? payload.fromReschedule),
    status: calStatuses.find((status) => status === reportedStatus) ?? null,
    organizer,
    eventTypeId: integerOf(payload.eventTypeId),
    eventTypeTitle: textOf(payload.eventTitle, 255),
    eventTypeSlug: textOf(payload.type, 255),
    eventTypeDescription: textOf(payload.eventDescription),
    title: textOf(payload.title, 2_000),
    startTime: instantOf(payload.startTime),
    endTime: instantOf(payload.endTime),
    lengthMinutes: integerOf(payload.length),
    attendees,
    isSeated: typeof payload.seatsPerTimeSlot === 'number',
    answers: allAnswersOf(payload, { attendees, place, notes }),
    notes,
    place,
    cancellationReason: textOf(valuesOf(payload.cancellationReason).join('\n')),
    rejectionReason: textOf(valuesOf(payload.rejectionReason).join('\n')),
  }
}

function uidOf(payload: Fields): string | null {
  return nameIn(payload.bookingUid ?? payload.uid)
}

/**
 * An identifier by which a booking is found. It is stored in plaintext, so any value that doesn't have Cal.com's format
 * (random letters and digits with `-`, `_`, `.`, `@` or `+`) is replaced by its digest, which is the same for each
 * event.
 */
function nameIn(value: unknown): string | null {
  const name = textOf(value, 2_000)
  if (name === null || (/^[\w.@+-]{1,255}$/.test(name) && !isGrave(name))) return name
  return digestOf(name)
}

/**
 * A calendar entry's ID: `<uid>@host`. An email address has the same format, so a value that could be one is replaced
 * too.
 */
function calendarIdIn(value: unknown): string | null {
  const id = nameIn(value)
  if (id === null) return null
  const [own = ''] = id.split('@')
  return /\d|^[A-Za-z]{20,}$/.test(own) && !own.includes('.') ? id : digestOf(id)
}

function digestOf(name: string): string {
  return `sha256-${createHash('sha256').update(name).digest('hex')}`
}

function calBookingIdOf(payload: Fields): number | null {
  const id = integerOf(payload.bookingId ?? payload.id)
  return id !== null && id > 0 ? id : null
}

function organizerOf(value: unknown): CalOrganizer | null {
  const fields = fieldsOf(value)
  return stated({
    id: textOf(fields.id, 255),
    username: textOf(fields.username, 255),
    usernameInOrg: textOf(fields.usernameInOrg, 255),
    email: textOf(fields.email, 255),
    timeZone: textOf(fields.timeZone, 50),
  })
}

function meetingOwnerOf(payload: Fields): CalOrganizer | null {
  const user = fieldsOf(payload.user ?? payload.organizer)
  return stated({
    id: textOf(payload.userId ?? user.id, 255),
    username: textOf(user.username, 255),
    usernameInOrg: textOf(user.usernameInOrg, 255),
    email: textOf(user.email ?? payload.userPrimaryEmail, 255),
    timeZone: textOf(user.timeZone, 50),
  })
}

function stated(organizer: CalOrganizer): CalOrganizer | null {
  const { id, username, usernameInOrg, email } = organizer
  return id === null && username === null && usernameInOrg === null && email === null ? null : organizer
}

/** The location, without `videoCallData.password` and other call credentials. */
function placeOf(payload: Fields): CalLocation | null {
  const { value: kind, optionValue } = fieldsOf(fieldsOf(fieldsOf(payload.responses).location).value)
  const place = {
    text: textOf(valuesOf(payload.location)[0], 500),
    kind: textOf(kind, 255),
    typed: textOf(textOf(optionValue) ?? valuesOf(optionValue).join(', '), 2_000),
    meetingLink: linkOf(fieldsOf(payload.metadata).videoCallUrl) ?? linkOf(fieldsOf(payload.videoCallData).url),
  }
  return place.text === null && place.kind === null && place.meetingLink === null ? null : place
}

function linkOf(value: unknown): string | null {
  const link = textOf(value, 2_000)
  return link !== null && /^https?:$/.test(URL.parse(link)?.protocol ?? '') ? link : null
}

function meetingTime(event: Extract<CalEvent, { kind: 'meeting' }>): Date | null {
  const at = event.trigger === 'MEETING_STARTED' ? event.startTime : event.endTime
  return at === null ? null : new Date(at)
}
