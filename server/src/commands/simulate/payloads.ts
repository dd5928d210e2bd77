/** The shapes of Cal.com's webhooks, version 2021-10-20, as its docs show them: every key, in its order. */

export type SimulatedPastor = Readonly<{ id: number; name: string; username: string; email: string; timeZone: string }>

export type SimulatedPerson = Readonly<{ firstName: string; lastName: string; email: string; timeZone: string }>

export type SimulatedAnswer = Readonly<{ slug: string; label: string; value: string | readonly string[] | boolean }>

export type SimulatedEventType = Readonly<{
  id: number
  slug: string
  title: string
  description: string
  minutes: number
  requiresConfirmation: boolean
  /** In cents; 0 is free. */
  price: number
  seats: number | null
  place: Readonly<{ kind: string; text: string }>
}>

/** A booking at Cal.com at one point in time. */
export type SimulatedBooking = Readonly<{
  uid: string
  bookingId: number
  iCalUid: string
  sequence: number
  pastor: SimulatedPastor
  eventType: SimulatedEventType
  start: Date
  people: readonly SimulatedPerson[]
  notes: string
  answers: readonly SimulatedAnswer[]
  rescheduledFrom?: Readonly<{ uid: string; bookingId: number; start: Date }>
}>

/** One webhook, ready to be sent. */
export type SimulatedWebhook = Readonly<{ triggerEvent: string; createdAt?: string } & Record<string, unknown>>

type Details = Readonly<Record<string, unknown>>

/** A BOOKING_* webhook about a booking; `details` are the fields specific to this trigger. */
export function bookingWebhook(
  trigger: string,
  at: Date,
  booking: SimulatedBooking,
  details: Details = {},
): SimulatedWebhook {
  return { triggerEvent: trigger, createdAt: at.toISOString(), payload: { ...bookingPayload(booking), ...details } }
}

/** A cancellation formats times with an offset, has no price, and repeats the answers under other labels. */
export function cancellationWebhook(
  at: Date,
  booking: SimulatedBooking,
  cancelled: Readonly<{ reason: string; requestReschedule: boolean }>,
): SimulatedWebhook {
  return bookingWebhook('BOOKING_CANCELLED', at, booking, {
    startTime: booking.start.toISOString().replace('.000Z', '+00:00'),
    endTime: endOf(booking).toISOString().replace('.000Z', '+00:00'),
    length: null,
    price: null,
    destinationCalendar: [],
    cancellationReason: cancelled.reason,
    requestReschedule: cancelled.requestReschedule,
    status: 'CANCELLED',
  })
}

/** A rejection has neither iCalUID nor iCalSequence. */
export function rejectionWebhook(at: Date, booking: SimulatedBooking, reason: string): SimulatedWebhook {
  const { iCalUID: _uid, iCalSequence: _sequence, ...payload } = bookingPayload(booking)
  return {
    triggerEvent: 'BOOKING_REJECTED',
    createdAt: at.toISOString(),
    payload: { ...payload, rejectionReason: reason, status: 'REJECTED' },
  }
}

/** Payment webhooks come with the answers emptied (calcom#23375). */
export function paymentWebhook(trigger: string, at: Date, booking: SimulatedBooking): SimulatedWebhook {
  const { responses: _responses, userFieldsResponses: _fields, ...payload } = bookingPayload(booking)
  const emptied = { description: '', additionalNotes: '', paymentId: booking.bookingId + 400, status: 'ACCEPTED' }
  return { triggerEvent: trigger, createdAt: at.toISOString(), payload: { ...payload, ...emptied } }
}

export function noShowWebhook(at: Date, booking: SimulatedBooking, isNoShow: boolean): SimulatedWebhook {
  const [booker] = booking.people
  return {
    triggerEvent: 'BOOKING_NO_SHOW_UPDATED',
    createdAt: at.toISOString(),
    payload: {
      message: `${booker?.email} ${isNoShow ? 'marked' : 'unmarked'} as no-show`,
      attendees: booking.people.map(({ email }) => ({ email, noShow: isNoShow })),
      bookingUid: booking.uid,
      bookingId: booking.bookingId,
    },
  }
}

/** A meeting's webhook is Cal.com's row of the booking, flat, and its createdAt is when it was booked. */
export function meetingWebhook(
  trigger: 'MEETING_STARTED' | 'MEETING_ENDED',
  bookedAt: Date,
  booking: SimulatedBooking,
): SimulatedWebhook {
  const { pastor, eventType } = booking
  return {
    triggerEvent: trigger,
    id: booking.bookingId,
    uid: booking.uid,
    userId: pastor.id,
    userPrimaryEmail: pastor.email,
    eventTypeId: eventType.id,
    title: titleOf(booking),
    description: booking.notes,
    customInputs: {},
    responses: responsesOf(booking),
    startTime: booking.start.toISOString(),
    endTime: endOf(booking).toISOString(),
    location: eventType.place.text,
    createdAt: bookedAt.toISOString(),
    updatedAt: bookedAt.toISOString(),
    status: 'ACCEPTED',
    paid: false,
    cancellationReason: null,
    rejectionReason: null,
    rescheduled: null,
    fromReschedule: booking.rescheduledFrom?.uid ?? null,
    metadata: {},
    iCalUID: booking.iCalUid,
    iCalSequence: booking.sequence,
    noShowHost: false,
    user: { email: pastor.email, name: pastor.name, timeZone: pastor.timeZone, username: pastor.username },
    attendees: booking.people.map((person, index) => ({
      id: booking.bookingId * 10 + index,
      email: person.email,
      name: nameOf(person),
      timeZone: person.timeZone,
      phoneNumber: null,
      locale: 'en',
      bookingId: booking.bookingId,
      noShow: false,
    })),
    payment: [],
    references: [],
  }
}

function bookingPayload(booking: SimulatedBooking) {
  const { pastor, eventType, rescheduledFrom: from } = booking
  return {
    bookerUrl: 'https://app.cal.com',
    title: titleOf(booking),
    startTime: booking.start.toISOString(),
    endTime: endOf(booking).toISOString(),
    additionalNotes: booking.notes,
    type: eventType.slug,
    description: booking.notes,
    eventTypeId: eventType.id,
    hideCalendarNotes: false,
    schedulingType: null,
    seatsPerTimeSlot: eventType.seats,
    seatsShowAttendees: false,
    organizer: {
      id: pastor.id,
      name: pastor.name,
      email: pastor.email,
      username: pastor.username,
      usernameInOrg: pastor.username,
      timeZone: pastor.timeZone,
      language: { locale: 'en' },
      timeFormat: 'h:mma',
      utcOffset: 0,
    },
    attendees: booking.people.map((person) => ({
      email: person.email,
      name: nameOf(person),
      firstName: person.firstName,
      lastName: person.lastName,
      timeZone: person.timeZone,
      language: { locale: 'en' },
      utcOffset: 0,
    })),
    customInputs: {},
    responses: responsesOf(booking),
    userFieldsResponses: Object.fromEntries(booking.answers.map((answer) => [answer.slug, responseOf(answer)])),
    location: eventType.place.text,
    destinationCalendar: null,
    iCalUID: booking.iCalUid,
    iCalSequence: booking.sequence,
    requiresConfirmation: eventType.requiresConfirmation,
    oneTimePassword: null,
    uid: booking.uid,
    eventTitle: eventType.title,
    eventDescription: eventType.description,
    price: eventType.price,
    currency: 'usd',
    length: eventType.minutes,
    bookingId: booking.bookingId,
    ...(from && {
      rescheduleId: from.bookingId,
      rescheduleUid: from.uid,
      rescheduleStartTime: from.start.toISOString(),
      rescheduleEndTime: new Date(from.start.getTime() + eventType.minutes * 60_000).toISOString(),
    }),
    metadata: isVideo(eventType) ? { videoCallUrl: `https://app.cal.com/video/${booking.uid}` } : {},
    status: 'ACCEPTED',
  }
}

function responsesOf(booking: SimulatedBooking): Record<string, unknown> {
  const [booker, ...guests] = booking.people
  const { place } = booking.eventType
  return {
    name: { label: 'your_name', value: booker && nameOf(booker), isHidden: false },
    email: { label: 'email_address', value: booker?.email, isHidden: false },
    location: { label: 'location', value: { optionValue: '', value: place.kind }, isHidden: false },
    notes: { label: 'additional_notes', ...(booking.notes !== '' && { value: booking.notes }), isHidden: false },
    guests: { label: 'additional_guests', value: guests.map(({ email }) => email), isHidden: false },
    rescheduleReason: { label: 'reason_for_reschedule', isHidden: false },
    ...Object.fromEntries(booking.answers.map((answer) => [answer.slug, responseOf(answer)])),
  }
}

function responseOf({ label, value }: SimulatedAnswer) {
  return { label, value, isHidden: false }
}

function titleOf({ eventType, pastor, people: [booker] }: SimulatedBooking): string {
  return `${eventType.title} between ${pastor.name} and ${booker ? nameOf(booker) : 'Guest'}`
}

function nameOf({ firstName, lastName }: SimulatedPerson): string {
  return `${firstName} ${lastName}`.trim()
}

function endOf({ start, eventType }: SimulatedBooking): Date {
  return new Date(start.getTime() + eventType.minutes * 60_000)
}

function isVideo({ place }: SimulatedEventType): boolean {
  return place.kind.startsWith('integrations:')
}
