import { builder, viewerOf } from '../../graphql/builder.ts'
import { changeEndpoint } from './change-endpoint.ts'
import { createEndpoint } from './create-endpoint.ts'
import { deleteEndpoint } from './delete-endpoint.ts'
import { WebhookEndpoint } from './graphql.ts'
import { WebhookMessage } from './messages.graphql.ts'
import { endpointOf, messageOf } from './reads.ts'
import { redeliverMessage } from './redeliver-message.ts'
import { rotateEndpointSecret } from './rotate-endpoint-secret.ts'
import { switchEndpoint } from './switch-endpoint.ts'
import { testEndpoint } from './test-endpoint.ts'

const documentText =
  'A GraphQL subscription of `bookingChanged`. Its arguments `kinds` and `where` say which changes are sent, its selection what of them.'
const urlText = 'Where to post: https, on the public internet.'
const scopesText = 'What the document may read: scopes that end in `:read`. Of a token, only those that it has itself.'

const CreateWebhookEndpointInput = builder.inputType('CreateWebhookEndpointInput', {
  description: 'A new endpoint.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for.' }),
    url: t.string({ required: true, description: urlText }),
    document: t.string({ required: true, description: documentText }),
    scopes: t.stringList({ required: true, defaultValue: ['bookings:read'], description: scopesText }),
  }),
})

const ChangeWebhookEndpointInput = builder.inputType('ChangeWebhookEndpointInput', {
  description: 'What is to be different of an endpoint. What is left out, or null, stays as it is.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [WebhookEndpoint], description: "The endpoint's id." }),
    name: t.string({ description: 'What it is for.' }),
    url: t.string({ description: urlText }),
    document: t.string({ description: documentText }),
    scopes: t.stringList({ description: scopesText }),
  }),
})

const SetWebhookEndpointActiveInput = builder.inputType('SetWebhookEndpointActiveInput', {
  description: 'Whether an endpoint is to be on.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [WebhookEndpoint], description: "The endpoint's id." }),
    isActive: t.boolean({ required: true, description: 'True switches it on, false off.' }),
  }),
})

const whichEndpoint = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      id: t.globalID({ required: true, for: [WebhookEndpoint], description: "The endpoint's id." }),
    }),
  })

const RotateWebhookSecretInput = whichEndpoint('RotateWebhookSecretInput', 'Which endpoint gets a new secret.')
const DeleteWebhookEndpointInput = whichEndpoint('DeleteWebhookEndpointInput', 'Which endpoint to delete.')
const TestWebhookEndpointInput = whichEndpoint('TestWebhookEndpointInput', 'Which endpoint to try out.')

const RedeliverWebhookInput = builder.inputType('RedeliverWebhookInput', {
  description: 'Which message to send once more.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [WebhookMessage], description: "The message's id." }),
  }),
})

const endpointPayload = (name: string, description: string) =>
  builder.objectRef<{ endpointId: string }>(name).implement({
    description,
    fields: (t) => ({
      endpoint: t.prismaField({
        type: WebhookEndpoint,
        description: 'The endpoint, as it is now.',
        resolve: (query, { endpointId }, _args, { deps }) => endpointOf(deps.database, endpointId, query),
      }),
    }),
  })

const secretPayload = (name: string, description: string) =>
  builder.objectRef<{ endpointId: string; secret: string }>(name).implement({
    description,
    fields: (t) => ({
      endpoint: t.prismaField({
        type: WebhookEndpoint,
        description: 'The endpoint, as it is now.',
        resolve: (query, { endpointId }, _args, { deps }) => endpointOf(deps.database, endpointId, query),
      }),
      secret: t.exposeString('secret', {
        description: 'What is signed with: `whsec_…`. Keep it now; it is shown this once.',
      }),
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

const CreateWebhookEndpointPayload = secretPayload('CreateWebhookEndpointPayload', 'A new endpoint.')
const RotateWebhookSecretPayload = secretPayload('RotateWebhookSecretPayload', 'An endpoint with a new secret.')
const ChangeWebhookEndpointPayload = endpointPayload('ChangeWebhookEndpointPayload', 'An endpoint that was changed.')
const SetWebhookEndpointActivePayload = endpointPayload(
  'SetWebhookEndpointActivePayload',
  'An endpoint that was switched.',
)
const TestWebhookEndpointPayload = messagePayload('TestWebhookEndpointPayload', 'A ping.')
const RedeliverWebhookPayload = messagePayload('RedeliverWebhookPayload', 'A message that is sent once more.')

const DeleteWebhookEndpointPayload = builder
  .objectRef<{ endpointId: string }>('DeleteWebhookEndpointPayload')
  .implement({
    description: 'The end of an endpoint.',
    fields: (t) => ({
      deletedId: t.globalID({
        description: 'The id that it had.',
        resolve: ({ endpointId }) => ({ type: 'WebhookEndpoint', id: endpointId }),
      }),
    }),
  })

const rule = { authScopes: { signedIn: true }, needs: 'webhooks:write' } as const
const documentErrors =
  'Error BAD_USER_INPUT with `field`, and with `problems` for a document that can not be used; FORBIDDEN with `missingScope` for a scope that the asking token has not.'

builder.mutationFields((t) => ({
  createWebhookEndpoint: t.field({
    ...rule,
    type: CreateWebhookEndpointPayload,
    description: `Makes a webhook endpoint of one's own, which follows what changes from now on. Error PASSWORD_REQUIRED unless the password was checked within the last ten minutes; FORBIDDEN for an API token. ${documentErrors} CONFLICT beyond twenty endpoints.`,
    args: { input: t.arg({ type: CreateWebhookEndpointInput, required: true, description: 'What it is.' }) },
    resolve: (_parent, { input }, context) => createEndpoint(context.deps, viewerOf(context), context.origin, input),
  }),
  changeWebhookEndpoint: t.field({
    ...rule,
    type: ChangeWebhookEndpointPayload,
    description: `Changes an endpoint of one's own. What waits is sent to the new URL, in the new shape. With \`url\`, error PASSWORD_REQUIRED unless the password was checked within the last ten minutes, and FORBIDDEN for an API token. ${documentErrors}`,
    args: { input: t.arg({ type: ChangeWebhookEndpointInput, required: true, description: 'What is different.' }) },
    resolve: async (_parent, { input: { id, ...changes } }, context) => {
      await changeEndpoint(context.deps, viewerOf(context), context.origin, id.id, changes)
      return { endpointId: id.id }
    },
  }),
  setWebhookEndpointActive: t.field({
    ...rule,
    type: SetWebhookEndpointActivePayload,
    description:
      'Switches an endpoint off, or on again from now. Its owner; an admin only off, else FORBIDDEN. Off, it follows nothing, and what waits is cancelled.',
    args: { input: t.arg({ type: SetWebhookEndpointActiveInput, required: true, description: 'Which, and whether.' }) },
    resolve: async (_parent, { input: { id, isActive } }, context) => {
      await switchEndpoint(context.deps, viewerOf(context), context.origin, { id: id.id, isActive })
      return { endpointId: id.id }
    },
  }),
  rotateWebhookSecret: t.field({
    ...rule,
    type: RotateWebhookSecretPayload,
    description: "Gives an endpoint of one's own a new secret. For a day the one before it signs too.",
    args: { input: t.arg({ type: RotateWebhookSecretInput, required: true, description: 'Which.' }) },
    resolve: async (_parent, { input: { id } }, context) => ({
      endpointId: id.id,
      ...(await rotateEndpointSecret(context.deps, viewerOf(context), context.origin, id.id)),
    }),
  }),
  deleteWebhookEndpoint: t.field({
    ...rule,
    type: DeleteWebhookEndpointPayload,
    description: 'Deletes an endpoint with its delivery log. Its owner and admins.',
    args: { input: t.arg({ type: DeleteWebhookEndpointInput, required: true, description: 'Which.' }) },
    resolve: async (_parent, { input: { id } }, context) => {
      await deleteEndpoint(context.deps, viewerOf(context), context.origin, id.id)
      return { endpointId: id.id }
    },
  }),
  testWebhookEndpoint: t.field({
    ...rule,
    type: TestWebhookEndpointPayload,
    description: "Sends a `ping` to an endpoint of one's own. Error CONFLICT while it is off.",
    args: { input: t.arg({ type: TestWebhookEndpointInput, required: true, description: 'Which.' }) },
    resolve: async (_parent, { input: { id } }, context) => ({
      messageId: await testEndpoint(context.deps, viewerOf(context), context.origin, id.id),
    }),
  }),
  redeliverWebhook: t.field({
    ...rule,
    type: RedeliverWebhookPayload,
    description:
      'Sends a message once more, at once and whatever became of it, under the same `webhook-id`, its body made anew. Its owner and admins. Error CONFLICT while the endpoint is off.',
    args: { input: t.arg({ type: RedeliverWebhookInput, required: true, description: 'Which.' }) },
    resolve: async (_parent, { input: { id } }, context) => {
      await redeliverMessage(context.deps, viewerOf(context), context.origin, id.id)
      return { messageId: id.id }
    },
  }),
}))
