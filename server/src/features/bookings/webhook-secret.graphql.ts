import { builder, viewerOf } from '../../graphql/builder.ts'
import { User } from '../users/graphql.ts'
import { setCalcomWebhookSecret } from './set-calcom-webhook-secret.ts'
import { ownerOfSecret } from './webhook-secret.reads.ts'

const SetCalcomWebhookSecretInput = builder.inputType('SetCalcomWebhookSecretInput', {
  description: "A webhook secret of one's own.",
  fields: (t) => ({
    secret: t.string({
      required: true,
      description: 'The secret as it stands in Cal.com. It is sealed and never comes out.',
    }),
  }),
})

const SetCalcomWebhookSecretPayload = builder.objectRef<{ userId: string }>('SetCalcomWebhookSecretPayload').implement({
  description: 'Whose secret was set.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: User,
      description: 'The one who asked.',
      resolve: (query, { userId }, _args, { deps }) => ownerOfSecret(deps.database, userId, query),
    }),
  }),
})

builder.mutationField('setCalcomWebhookSecret', (t) =>
  t.field({
    type: SetCalcomWebhookSecretPayload,
    description:
      "Sets the secret that one's own Cal.com account signs its webhooks with, beside the church's. It verifies payloads of one's own bookings only.",
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: SetCalcomWebhookSecretInput, required: true, description: 'The secret.' }) },
    resolve: async (_parent, { input }, context) => {
      const viewer = viewerOf(context)
      await setCalcomWebhookSecret(context.deps, viewer, context.origin, input)
      return { userId: viewer.userId }
    },
  }),
)
