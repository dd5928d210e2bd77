import { builder, personOf, viewerOf } from '../../graphql/builder.ts'
import { User } from '../users/graphql.ts'
import { Booking, bookingOrNotFound } from './graphql.ts'
import { handOverBooking } from './hand-over-booking.ts'
import { recordMeetingOutcome } from './record-meeting-outcome.ts'
import { setBookingAnonymity } from './set-booking-anonymity.ts'

const MeetingOutcome = builder.enumType('MeetingOutcome', {
  description: 'What became of a meeting.',
  values: {
    COMPLETED: { value: 'completed', description: 'It took place.' },
    NO_SHOW: { value: 'no_show', description: 'Nobody came.' },
  } as const,
})

const SetBookingAnonymityInput = builder.inputType('SetBookingAnonymityInput', {
  description: 'Whether a booking is to be anonymous.',
  fields: (t) => ({
    bookingId: t.globalID({ required: true, for: [Booking], description: "One of one's own bookings." }),
    isAnonymous: t.boolean({ required: true, description: 'Whether its people are sealed whatever its sensitivity.' }),
  }),
})

const RecordMeetingOutcomeInput = builder.inputType('RecordMeetingOutcomeInput', {
  description: 'What became of a meeting.',
  fields: (t) => ({
    bookingId: t.globalID({
      required: true,
      for: [Booking],
      description: "One of one's own bookings, once it has begun.",
    }),
    outcome: t.field({ type: MeetingOutcome, description: 'What became of it; null for what Cal.com says.' }),
  }),
})

const HandOverBookingInput = builder.inputType('HandOverBookingInput', {
  description: 'Which booking goes to whom.',
  fields: (t) => ({
    bookingId: t.globalID({ required: true, for: [Booking], description: "One of one's own bookings." }),
    toUserId: t.globalID({
      required: true,
      for: [User],
      description: 'Another pastor who can sign in: see `colleagues`.',
    }),
  }),
})

const changedPayload = (name: string, description: string) =>
  builder.objectRef<{ bookingId: string }>(name).implement({
    description,
    fields: (t) => ({
      booking: t.prismaField({
        type: 'Booking',
        description: 'The booking, its clear columns made anew.',
        resolve: (query, { bookingId }, _args, context) => bookingOrNotFound(context, bookingId, query),
      }),
    }),
  })

const SetBookingAnonymityPayload = changedPayload('SetBookingAnonymityPayload', 'The booking as it is now.')
const RecordMeetingOutcomePayload = changedPayload('RecordMeetingOutcomePayload', 'The booking as it is now.')

const HandOverBookingPayload = builder.objectRef<{ bookingId: string }>('HandOverBookingPayload').implement({
  description: 'What is no longer yours.',
  fields: (t) => ({
    bookingId: t.globalID({
      description: 'The booking that was handed over. It is not found by you any more.',
      resolve: ({ bookingId }) => ({ type: 'Booking', id: bookingId }),
    }),
  }),
})

builder.mutationFields((t) => ({
  setBookingAnonymity: t.field({
    type: SetBookingAnonymityPayload,
    description:
      "Seals the people of one of one's own bookings whatever its sensitivity, or shows them again as that lets it. It is kept whatever Cal.com sends later. Error CONFLICT for undoing what the attendee asked for; FORBIDDEN for a token that would undo it.",
    authScopes: { signedIn: true },
    needs: 'bookings:write',
    args: {
      input: t.arg({
        type: SetBookingAnonymityInput,
        required: true,
        description: 'Which booking, and which of the two.',
      }),
    },
    resolve: async (_parent, { input }, context) => {
      const bookingId = input.bookingId.id
      await setBookingAnonymity(context.deps, viewerOf(context), context.origin, {
        bookingId,
        isAnonymous: input.isAnonymous,
      })
      return { bookingId }
    },
  }),
  recordMeetingOutcome: t.field({
    type: RecordMeetingOutcomePayload,
    description:
      "Says what became of one of one's own meetings, or takes that back. It counts before what Cal.com says of that, until the meeting is moved or closed. Error CONFLICT before it has begun, or when it was not confirmed.",
    authScopes: { signedIn: true },
    needs: 'bookings:write',
    args: {
      input: t.arg({ type: RecordMeetingOutcomeInput, required: true, description: 'Which meeting, and what.' }),
    },
    resolve: async (_parent, { input }, context) => {
      const bookingId = input.bookingId.id
      const outcome = input.outcome ?? null
      await recordMeetingOutcome(context.deps, viewerOf(context), context.origin, { bookingId, outcome })
      return { bookingId }
    },
  }),
  handOverBooking: t.field({
    type: HandOverBookingPayload,
    description:
      "Hands one of one's own bookings to another pastor, with what people wrote; summaries are written anew. It stays there whatever Cal.com sends later, unless Cal.com itself gives it to a third. Error BAD_USER_INPUT for somebody who is no active pastor; CONFLICT for oneself, or when another booking has taken its place.",
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: HandOverBookingInput, required: true, description: 'Which booking, to whom.' }) },
    resolve: async (_parent, { input }, context) => {
      const bookingId = input.bookingId.id
      const toUserId = input.toUserId.id
      await handOverBooking(context.deps, personOf(context), context.origin, { bookingId, toUserId })
      return { bookingId }
    },
  }),
}))
