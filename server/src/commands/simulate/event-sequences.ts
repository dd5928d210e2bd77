import {
  bookingWebhook,
  cancellationWebhook,
  meetingWebhook,
  noShowWebhook,
  paymentWebhook,
  rejectionWebhook,
  type SimulatedBooking,
  type SimulatedPerson,
  type SimulatedWebhook,
} from './payloads.ts'

/** The kinds of event sequences of a booking at Cal.com. */
export const sequenceKinds = [
  'created',
  'confirmed',
  'rejected',
  'paid',
  'rescheduled',
  'reschedule-requested',
  'cancelled',
  'completed',
  'no-show',
  'seats',
] as const

export type SequenceKind = (typeof sequenceKinds)[number]

/** The parameters of a sequence besides its first booking. */
export type SequencePlan = Readonly<{
  booking: SimulatedBooking
  /** When the booking was made. */
  bookedAt: Date
  /** The booking after a reschedule: Cal.com creates a new one. */
  moved: Readonly<{ uid: string; bookingId: number; start: Date }>
  /** The attendees of further seats. */
  others: readonly SimulatedPerson[]
  reasons: Readonly<{ cancel: string; reject: string }>
}>

/** All webhooks of a sequence, in chronological order. */
export function webhooksOf(kind: SequenceKind, plan: SequencePlan): SimulatedWebhook[] {
  const { booking, reasons } = plan
  const at = (minutes: number) => new Date(plan.bookedAt.getTime() + minutes * 60_000)
  const created = bookingWebhook('BOOKING_CREATED', at(0), booking)
  const requested = bookingWebhook('BOOKING_REQUESTED', at(0), booking, { status: 'PENDING' })
  switch (kind) {
    case 'created':
      return [created]
    case 'confirmed':
      return [requested, bookingWebhook('BOOKING_CREATED', at(30), booking)]
    case 'rejected':
      return [requested, rejectionWebhook(at(45), booking, reasons.reject)]
    case 'paid':
      return [
        paymentWebhook('BOOKING_PAYMENT_INITIATED', at(0), booking),
        bookingWebhook('BOOKING_CREATED', at(2), booking),
        paymentWebhook('BOOKING_PAID', at(2), booking),
      ]
    case 'rescheduled':
      return [created, bookingWebhook('BOOKING_RESCHEDULED', at(60), movedBooking(plan))]
    case 'reschedule-requested':
      return [
        created,
        cancellationWebhook(at(50), atSequence(booking, 1), { reason: reasons.cancel, requestReschedule: true }),
        bookingWebhook('BOOKING_RESCHEDULED', at(90), movedBooking(plan)),
      ]
    case 'cancelled':
      return [
        created,
        cancellationWebhook(at(120), atSequence(booking, 1), { reason: reasons.cancel, requestReschedule: false }),
      ]
    case 'completed':
      return [
        created,
        meetingWebhook('MEETING_STARTED', plan.bookedAt, booking),
        meetingWebhook('MEETING_ENDED', plan.bookedAt, booking),
      ]
    case 'no-show':
      return [
        created,
        meetingWebhook('MEETING_STARTED', plan.bookedAt, booking),
        noShowWebhook(afterEndOf(booking), booking, true),
      ]
    case 'seats':
      return seatsOf(plan)
  }
}

/** Each seat is booked separately; then the first is cancelled, and the meeting stays. */
function seatsOf({ booking, bookedAt, others, reasons }: SequencePlan): SimulatedWebhook[] {
  const at = (minutes: number) => new Date(bookedAt.getTime() + minutes * 60_000)
  const seats = [...booking.people.slice(0, 1), ...others].map((person) => ({ ...booking, people: [person] }))
  const created = seats.map((seat, index) => bookingWebhook('BOOKING_CREATED', at(index * 10), seat))
  const cancelled = seats.slice(0, 1).map((seat) =>
    cancellationWebhook(at(seats.length * 10), atSequence(seat, 1), {
      reason: reasons.cancel,
      requestReschedule: false,
    }),
  )
  return [...created, ...cancelled]
}

/** The booking that replaces the first one when it is rescheduled. */
export function movedBooking({ booking, moved }: SequencePlan): SimulatedBooking {
  const { uid, bookingId, start } = booking
  return { ...booking, ...moved, sequence: booking.sequence + 1, rescheduledFrom: { uid, bookingId, start } }
}

function atSequence(booking: SimulatedBooking, sequence: number): SimulatedBooking {
  return { ...booking, sequence: booking.sequence + sequence }
}

function afterEndOf({ start, eventType }: SimulatedBooking): Date {
  return new Date(start.getTime() + (eventType.minutes + 5) * 60_000)
}
