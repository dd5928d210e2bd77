import { builder, viewerOf } from '../../../graphql/schema/builder.ts'
import { WebhookEndpoint } from '../graphql.ts'
import { messageOf } from '../reads.ts'
import { WebhookMessage } from './messages.graphql.ts'
import { redeliverMessage } from './redeliver-message.ts'
import { testEndpoint } from './test-endpoint.ts'

const TestWebhookEndpointInput = builder.inputType('TestWebhookEndpointInput', {
  description: 'The webhook to test.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [WebhookEndpoint], description: "The webhook's ID." }),
  }),
})

const RedeliverWebhookInput = builder.inputType('RedeliverWebhookInput', {
  description: 'The message to redeliver.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [WebhookMessage], description: "The message's ID." }),
  }),
})

const messagePayload = (name: string, description: string) =>
  builder.objectRef<{ messageId: string }>(name).implement({
    description,
    fields: (t) => ({
      message: t.prismaField({
        type: WebhookMessage,
        description: 'The message, which is on its way.',
        resolve: (query, { messageId }, _args, { deps }) => messageOf(deps.database, messageId, query),
      }),
    }),
  })

const TestWebhookEndpointPayload = messagePayload('TestWebhookEndpointPayload', 'The result of testing a webhook.')
const RedeliverWebhookPayload = messagePayload('RedeliverWebhookPayload', 'The result of redelivering a message.')

const rule = { authScopes: { signedIn: true }, needs: 'webhooks:write' } as const

builder.mutationFields((t) => ({
  testWebhookEndpoint: t.field({
    ...rule,
    type: TestWebhookEndpointPayload,
    description: 'Sends a `ping` to one of your webhooks. Errors: `CONFLICT` if the webhook is disabled.',
    args: { input: t.arg({ type: TestWebhookEndpointInput, required: true, description: 'The webhook to test.' }) },
    resolve: async (_parent, { input: { id } }, context) => ({
      messageId: await testEndpoint(context.deps, viewerOf(context), context.origin, id.id),
    }),
  }),
  redeliverWebhook: t.field({
    ...rule,
    type: RedeliverWebhookPayload,
    description:
      'Sends a message again at once, whatever its status, with the same `webhook-id` and a newly built body. For the owner of the webhook and admins. Errors: `CONFLICT` if the webhook is disabled.',
    args: { input: t.arg({ type: RedeliverWebhookInput, required: true, description: 'The message to redeliver.' }) },
    resolve: async (_parent, { input: { id } }, context) => {
      await redeliverMessage(context.deps, viewerOf(context), context.origin, id.id)
      return { messageId: id.id }
    },
  }),
}))
