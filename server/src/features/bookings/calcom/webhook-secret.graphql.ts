import { builder, viewerOf } from '../../../graphql/schema/builder.ts'
import { User } from '../../users/graphql.ts'
import { setCalcomWebhookSecret } from './set-calcom-webhook-secret.ts'
import { ownerOfSecret } from './webhook-secret.reads.ts'

const SetCalcomWebhookSecretInput = builder.inputType('SetCalcomWebhookSecretInput', {
  description: 'The webhook secret of your Cal.com account.',
  fields: (t) => ({
    secret: t.string({
      required: true,
      description: 'The secret as configured in Cal.com. It is stored encrypted and never returned.',
    }),
  }),
})

const SetCalcomWebhookSecretPayload = builder.objectRef<{ userId: string }>('SetCalcomWebhookSecretPayload').implement({
  description: 'The result of setting a webhook secret.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: User,
      description: 'The signed-in user.',
      resolve: (query, { userId }, _args, { deps }) => ownerOfSecret(deps.database, userId, query),
    }),
  }),
})

builder.mutationField('setCalcomWebhookSecret', (t) =>
  t.field({
    type: SetCalcomWebhookSecretPayload,
    description:
      "Sets the secret that your Cal.com account signs its webhooks with, in addition to the church's secret. It verifies payloads of your own bookings only.",
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: SetCalcomWebhookSecretInput, required: true, description: 'The secret to set.' }) },
    resolve: async (_parent, { input }, context) => {
      const viewer = viewerOf(context)
      await setCalcomWebhookSecret(context.deps, viewer, context.origin, input)
      return { userId: viewer.userId }
    },
  }),
)
