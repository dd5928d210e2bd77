import { builder, viewerOf } from '../../../graphql/schema/builder.ts'
import { Sensitivity } from '../../../graphql/schema/common-types.ts'
import { Booking, bookingOrNotFound } from '../graphql.ts'
import { setBookingSensitivity } from './set-booking-sensitivity.ts'

const SetBookingSensitivityInput = builder.inputType('SetBookingSensitivityInput', {
  description: 'A booking and its new sensitivity.',
  fields: (t) => ({
    bookingId: t.globalID({ required: true, for: [Booking], description: 'The ID of one of your bookings.' }),
    sensitivity: t.field({ type: Sensitivity, required: true, description: 'The new sensitivity.' }),
  }),
})

const SetBookingSensitivityPayload = builder
  .objectRef<{ bookingId: string }>('SetBookingSensitivityPayload')
  .implement({
    description: 'The updated booking.',
    fields: (t) => ({
      booking: t.prismaField({
        type: 'Booking',
        description: 'The booking, with its plaintext fields rebuilt for the new sensitivity.',
        resolve: (query, { bookingId }, _args, context) => bookingOrNotFound(context, bookingId, query),
      }),
    }),
  })

builder.mutationFields((t) => ({
  setBookingSensitivity: t.field({
    type: SetBookingSensitivityPayload,
    description: "Sets the sensitivity of one of your bookings. Later changes in Cal.com don't override it.",
    authScopes: { signedIn: true },
    needs: 'bookings:write',
    args: {
      input: t.arg({
        type: SetBookingSensitivityInput,
        required: true,
        description: 'The booking and its new sensitivity.',
      }),
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
