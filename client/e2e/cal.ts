import {
  bookingWebhook,
  cancellationWebhook,
  type SimulatedBooking,
  type SimulatedWebhook,
} from '../../server/src/commands/simulate/payloads.ts'
import type { Person } from './church.ts'

let lastNumber = 1000

/** What a sample attendee wrote; the browser must not keep it. */
export const note = 'My father died three weeks ago, and I cannot sleep.'

/** A booking with a pastor that starts `minutes` from now, on a whole minute. */
export function bookingIn(
  minutes: number,
  pastor: Person,
  overrides: Partial<SimulatedBooking> = {},
): SimulatedBooking {
  const number = ++lastNumber
  return {
    uid: `uid-${number}`,
    bookingId: number,
    iCalUid: `ical-${number}@cal.example`,
    sequence: 0,
    pastor: {
      id: pastor.calUserId,
      name: pastor.name,
      username: pastor.username,
      email: pastor.email,
      timeZone: 'Europe/Berlin',
    },
    eventType: {
      id: 501,
      slug: 'pastoral-talk',
      title: 'Pastoral talk',
      description: 'Forty-five minutes.',
      minutes: 45,
      requiresConfirmation: false,
      price: 0,
      seats: null,
      place: { kind: 'inPerson', text: 'Vestry' },
    },
    start: new Date(Math.ceil(Date.now() / 60_000) * 60_000 + minutes * 60_000),
    people: [
      { firstName: 'Miriam', lastName: 'Halloway', email: 'miriam@people.example', timeZone: 'America/New_York' },
    ],
    notes: note,
    answers: [{ slug: 'topic', label: 'What is it about?', value: 'Grief' }],
    ...overrides,
  }
}

/** Cal.com's webhook for a new booking. */
export function created(booking: SimulatedBooking): SimulatedWebhook {
  return bookingWebhook('BOOKING_CREATED', new Date(), booking)
}

/** Cal.com's webhook for a cancellation. */
export function cancelled(booking: SimulatedBooking): SimulatedWebhook {
  const after = { ...booking, sequence: booking.sequence + 1 }
  return cancellationWebhook(new Date(), after, { reason: 'Something came up.', requestReschedule: false })
}

/** Cal.com's webhook for a reschedule by some hours: a new booking that references the old one. */
export function rescheduled(booking: SimulatedBooking, hours: number): SimulatedWebhook {
  const number = ++lastNumber
  const start = new Date(booking.start.getTime() + hours * 3_600_000)
  const rescheduledFrom = { uid: booking.uid, bookingId: booking.bookingId, start: booking.start }
  const after = {
    ...booking,
    uid: `uid-${number}`,
    bookingId: number,
    start,
    sequence: booking.sequence + 1,
    rescheduledFrom,
  }
  return bookingWebhook('BOOKING_RESCHEDULED', new Date(), after)
}
