import { builder, personOf } from '../../../graphql/schema/builder.ts'
import { Placeholder } from '../../ai/briefs/prompts.graphql.ts'
import { AiConfiguration } from '../../ai/graphql.ts'
import { previewNextBooking } from './preview-next-booking.ts'

const PreviewAiRequestInput = builder.inputType('PreviewAiRequestInput', {
  description: 'The configuration to preview.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [AiConfiguration], description: 'The ID of the configuration.' }),
  }),
})

const PreviewAiRequestPayload = builder
  .objectRef<Awaited<ReturnType<typeof previewNextBooking>>>('PreviewAiRequestPayload')
  .implement({
    description: 'The text that would be sent to a provider.',
    fields: (t) => ({
      isExample: t.exposeBoolean('isExample', {
        description:
          "Whether it is of a made-up booking, because the viewer has none ahead. False: the viewer's next booking.",
      }),
      instructions: t.exposeString('instructions', { description: 'The fixed instructions.' }),
      prompt: t.exposeString('prompt', { description: 'The question, word for word.' }),
      placeholders: t.field({
        type: [Placeholder],
        description: 'What its placeholders stand for.',
        resolve: ({ placeholders }) => [...placeholders],
      }),
      termsDigest: t.exposeString('termsDigest', {
        nullable: true,
        description: 'Names the terms, for agreeToAiConfiguration. Null if no address is set.',
      }),
    }),
  })

builder.mutationField('previewAiRequest', (t) =>
  t.field({
    type: PreviewAiRequestPayload,
    description:
      "Shows the text that would be sent of the viewer's own next booking by a configuration. Nothing is sent. Opening the booking is recorded in the audit log like any other opening. Error NOT_FOUND for a configuration that is not the viewer's to use.",
    needs: 'session',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: PreviewAiRequestInput, required: true, description: 'The configuration.' }) },
    resolve: (_parent, { input }, context) =>
      previewNextBooking(context.deps, personOf(context), context.origin, input.id.id),
  }),
)
