import { builder, viewerOf } from '../../graphql/builder.ts'
import { Booking, bookingOrNotFound, Sensitivity } from './graphql.ts'
import { setBookingSensitivity } from './set-booking-sensitivity.ts'

const SetBookingSensitivityInput = builder.inputType('SetBookingSensitivityInput', {
  description: 'What a booking is to be shown as.',
  fields: (t) => ({
    bookingId: t.globalID({ required: true, for: [Booking], description: "One of one's own bookings." }),
    sensitivity: t.field({ type: Sensitivity, required: true, description: 'What it is to be.' }),
  }),
})

const SetBookingSensitivityPayload = builder
  .objectRef<{ bookingId: string }>('SetBookingSensitivityPayload')
  .implement({
    description: 'The booking as it is now.',
    fields: (t) => ({
      booking: t.prismaField({
        type: 'Booking',
        description: 'The booking, its clear columns made anew for its sensitivity.',
        resolve: (query, { bookingId }, _args, context) => bookingOrNotFound(context, bookingId, query),
      }),
    }),
  })

builder.mutationFields((t) => ({
  setBookingSensitivity: t.field({
    type: SetBookingSensitivityPayload,
    description: "Sets the sensitivity of one of one's own bookings. It is kept whatever Cal.com sends later.",
    authScopes: { signedIn: true },
    needs: 'bookings:write',
    args: {
      input: t.arg({ type: SetBookingSensitivityInput, required: true, description: 'Which booking, and what.' }),
    },
    resolve: async (_parent, { input }, context) => {
      const bookingId = input.bookingId.id
      await setBookingSensitivity(context.deps, viewerOf(context), context.origin, {
        bookingId,
        sensitivity: input.sensitivity,
      })
      return { bookingId }
    },
  }),
}))
