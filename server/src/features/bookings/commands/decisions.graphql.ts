import { builder, personOf, viewerOf } from '../../../graphql/schema/builder.ts'
import { User } from '../../users/graphql.ts'
import { Booking, bookingOrNotFound } from '../graphql.ts'
import type { BookingSummaries } from '../write/publish-changes.ts'
import { handOverBooking } from './hand-over-booking.ts'
import { recordMeetingOutcome } from './record-meeting-outcome.ts'
import { setBookingAnonymity } from './set-booking-anonymity.ts'

declare module '../../../graphql/auth/context.ts' {
  interface FeatureServices {
    readonly summaries: BookingSummaries
  }
}

const MeetingOutcome = builder.enumType('MeetingOutcome', {
  description: 'The outcome of a meeting.',
  values: {
    COMPLETED: { value: 'completed', description: 'The meeting took place.' },
    NO_SHOW: { value: 'no_show', description: 'Nobody came.' },
  } as const,
})

const SetBookingAnonymityInput = builder.inputType('SetBookingAnonymityInput', {
  description: 'A booking and whether it is anonymous.',
  fields: (t) => ({
    bookingId: t.globalID({ required: true, for: [Booking], description: 'The ID of one of your bookings.' }),
    isAnonymous: t.boolean({
      required: true,
      description: "Whether the attendees are encrypted, whatever the booking's sensitivity.",
    }),
  }),
})

const RecordMeetingOutcomeInput = builder.inputType('RecordMeetingOutcomeInput', {
  description: 'The outcome of a meeting.',
  fields: (t) => ({
    bookingId: t.globalID({
      required: true,
      for: [Booking],
      description: 'The ID of one of your bookings that has started.',
    }),
    outcome: t.field({ type: MeetingOutcome, description: 'The outcome. Null uses what Cal.com reports.' }),
  }),
})

const HandOverBookingInput = builder.inputType('HandOverBookingInput', {
  description: 'A booking and the pastor to hand it over to.',
  fields: (t) => ({
    bookingId: t.globalID({ required: true, for: [Booking], description: 'The ID of one of your bookings.' }),
    toUserId: t.globalID({
      required: true,
      for: [User],
      description: 'The ID of another pastor who can sign in. `colleagues` lists them.',
    }),
  }),
})

const changedPayload = (name: string, description: string) =>
  builder.objectRef<{ bookingId: string }>(name).implement({
    description,
    fields: (t) => ({
      booking: t.prismaField({
        type: 'Booking',
        description: 'The booking, with its plaintext fields rebuilt.',
        resolve: (query, { bookingId }, _args, context) => bookingOrNotFound(context, bookingId, query),
      }),
    }),
  })

const SetBookingAnonymityPayload = changedPayload('SetBookingAnonymityPayload', 'The updated booking.')
const RecordMeetingOutcomePayload = changedPayload('RecordMeetingOutcomePayload', 'The updated booking.')

const HandOverBookingPayload = builder.objectRef<{ bookingId: string }>('HandOverBookingPayload').implement({
  description: 'The result of handing over a booking.',
  fields: (t) => ({
    bookingId: t.globalID({
      description: 'The ID of the booking that was handed over. You no longer have access to it.',
      resolve: ({ bookingId }) => ({ type: 'Booking', id: bookingId }),
    }),
  }),
})

builder.mutationFields((t) => ({
  setBookingAnonymity: t.field({
    type: SetBookingAnonymityPayload,
    description:
      "Encrypts the attendees of one of your bookings whatever its sensitivity, or shows them again as far as the sensitivity allows. Later changes in Cal.com don't override this. Errors: `CONFLICT` for undoing what the attendee asked for; `FORBIDDEN` for a token that would undo it.",
    authScopes: { signedIn: true },
    needs: 'bookings:write',
    args: {
      input: t.arg({
        type: SetBookingAnonymityInput,
        required: true,
        description: 'The booking and whether it is anonymous.',
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
      'Records the outcome of one of your meetings, or clears it. The outcome overrides what Cal.com reports until the meeting is moved or closed. Errors: `CONFLICT` if the meeting has not started or was not confirmed.',
    authScopes: { signedIn: true },
    needs: 'bookings:write',
    args: {
      input: t.arg({ type: RecordMeetingOutcomeInput, required: true, description: 'The meeting and its outcome.' }),
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
      'Hands one of your bookings over to another pastor, with everything people wrote. Its summaries are written again. The booking stays with that pastor whatever Cal.com sends later, unless Cal.com itself assigns it to a third pastor. Errors: `BAD_USER_INPUT` if the recipient is not an active pastor; `CONFLICT` if the recipient is you, or if another booking has replaced this one.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: {
      input: t.arg({ type: HandOverBookingInput, required: true, description: 'The booking and its new pastor.' }),
    },
    resolve: async (_parent, { input }, context) => {
      const bookingId = input.bookingId.id
      const toUserId = input.toUserId.id
      await handOverBooking(context.deps, personOf(context), context.origin, { bookingId, toUserId })
      return { bookingId }
    },
  }),
}))
