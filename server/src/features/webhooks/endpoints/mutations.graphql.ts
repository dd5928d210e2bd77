import { builder, viewerOf } from '../../../graphql/schema/builder.ts'
import { WebhookEndpoint } from '../graphql.ts'
import { endpointOf } from '../reads.ts'
import { changeEndpoint } from './change-endpoint.ts'
import { createEndpoint } from './create-endpoint.ts'
import { deleteEndpoint } from './delete-endpoint.ts'
import { rotateEndpointSecret } from './rotate-endpoint-secret.ts'
import { setEndpointEnabled } from './set-endpoint-enabled.ts'

const documentText =
  'A GraphQL subscription to `bookingChanged`. Its arguments `kinds` and `where` select the changes to send; its selection set defines the payload.'
const urlText = 'The URL to post to. It must use HTTPS and be on the public internet.'
const scopesText =
  'The scopes of the document, which must end in `:read`. A token can only grant scopes that it has itself.'

const CreateWebhookEndpointInput = builder.inputType('CreateWebhookEndpointInput', {
  description: 'A new webhook.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What the webhook is for.' }),
    url: t.string({ required: true, description: urlText }),
    document: t.string({ required: true, description: documentText }),
    scopes: t.stringList({ required: true, defaultValue: ['bookings:read'], description: scopesText }),
  }),
})

const ChangeWebhookEndpointInput = builder.inputType('ChangeWebhookEndpointInput', {
  description: 'The properties of a webhook to change. Properties that are omitted or null stay unchanged.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [WebhookEndpoint], description: "The webhook's ID." }),
    name: t.string({ description: 'What the webhook is for.' }),
    url: t.string({ description: urlText }),
    document: t.string({ description: documentText }),
    scopes: t.stringList({ description: scopesText }),
  }),
})

const SetWebhookEndpointActiveInput = builder.inputType('SetWebhookEndpointActiveInput', {
  description: 'A webhook and whether it is enabled.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [WebhookEndpoint], description: "The webhook's ID." }),
    isActive: t.boolean({ required: true, description: 'True to enable the webhook, false to disable it.' }),
  }),
})

const endpointInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      id: t.globalID({ required: true, for: [WebhookEndpoint], description: "The webhook's ID." }),
    }),
  })

const RotateWebhookSecretInput = endpointInput('RotateWebhookSecretInput', 'The webhook that gets a new secret.')
const DeleteWebhookEndpointInput = endpointInput('DeleteWebhookEndpointInput', 'The webhook to delete.')

const endpointPayload = (name: string, description: string) =>
  builder.objectRef<{ endpointId: string }>(name).implement({
    description,
    fields: (t) => ({
      endpoint: t.prismaField({
        type: WebhookEndpoint,
        description: 'The webhook in its current state.',
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
        description: 'The webhook in its current state.',
        resolve: (query, { endpointId }, _args, { deps }) => endpointOf(deps.database, endpointId, query),
      }),
      secret: t.exposeString('secret', {
        description: 'The signing secret, `whsec_…`. It is shown only once, so store it now.',
      }),
    }),
  })

const CreateWebhookEndpointPayload = secretPayload('CreateWebhookEndpointPayload', 'A new webhook.')
const RotateWebhookSecretPayload = secretPayload('RotateWebhookSecretPayload', 'A webhook with a new secret.')
const ChangeWebhookEndpointPayload = endpointPayload(
  'ChangeWebhookEndpointPayload',
  'The result of changing a webhook.',
)
const SetWebhookEndpointActivePayload = endpointPayload(
  'SetWebhookEndpointActivePayload',
  'The result of enabling or disabling a webhook.',
)
const DeleteWebhookEndpointPayload = builder
  .objectRef<{ endpointId: string }>('DeleteWebhookEndpointPayload')
  .implement({
    description: 'The result of deleting a webhook.',
    fields: (t) => ({
      deletedId: t.globalID({
        description: 'The ID of the deleted webhook.',
        resolve: ({ endpointId }) => ({ type: 'WebhookEndpoint', id: endpointId }),
      }),
    }),
  })

const rule = { authScopes: { signedIn: true }, needs: 'webhooks:write' } as const
const documentErrors =
  "Errors: `BAD_USER_INPUT` with `field`, and with `problems` for a document that can't be used; `FORBIDDEN` with `missingScope` for a scope that the calling token lacks."

builder.mutationFields((t) => ({
  createWebhookEndpoint: t.field({
    ...rule,
    type: CreateWebhookEndpointPayload,
    description: `Creates a webhook of your own, which follows changes from now on. ${documentErrors} \`PASSWORD_REQUIRED\` unless the password was checked within the last ten minutes; \`FORBIDDEN\` for an API token; \`CONFLICT\` beyond twenty webhooks.`,
    args: {
      input: t.arg({
        type: CreateWebhookEndpointInput,
        required: true,
        description: 'The properties of the new webhook.',
      }),
    },
    resolve: (_parent, { input }, context) => createEndpoint(context.deps, viewerOf(context), context.origin, input),
  }),
  changeWebhookEndpoint: t.field({
    ...rule,
    type: ChangeWebhookEndpointPayload,
    description: `Changes one of your webhooks. Pending messages are sent to the new URL, in the new format. ${documentErrors} With \`url\`: \`PASSWORD_REQUIRED\` unless the password was checked within the last ten minutes; \`FORBIDDEN\` for an API token.`,
    args: {
      input: t.arg({ type: ChangeWebhookEndpointInput, required: true, description: 'The properties to change.' }),
    },
    resolve: async (_parent, { input: { id, ...changes } }, context) => {
      await changeEndpoint(context.deps, viewerOf(context), context.origin, id.id, changes)
      return { endpointId: id.id }
    },
  }),
  setWebhookEndpointActive: t.field({
    ...rule,
    type: SetWebhookEndpointActivePayload,
    description:
      'Disables a webhook, or enables it again from now on. A disabled webhook follows no changes, and its pending messages are cancelled. For its owner; admins can only disable it. Errors: `FORBIDDEN` for an admin who would enable it.',
    args: {
      input: t.arg({
        type: SetWebhookEndpointActiveInput,
        required: true,
        description: 'The webhook and whether it is enabled.',
      }),
    },
    resolve: async (_parent, { input: { id, isActive } }, context) => {
      await setEndpointEnabled(context.deps, viewerOf(context), context.origin, { id: id.id, isActive })
      return { endpointId: id.id }
    },
  }),
  rotateWebhookSecret: t.field({
    ...rule,
    type: RotateWebhookSecretPayload,
    description: 'Gives one of your webhooks a new secret. The previous secret also signs for one more day.',
    args: {
      input: t.arg({
        type: RotateWebhookSecretInput,
        required: true,
        description: 'The webhook that gets a new secret.',
      }),
    },
    resolve: async (_parent, { input: { id } }, context) => ({
      endpointId: id.id,
      ...(await rotateEndpointSecret(context.deps, viewerOf(context), context.origin, id.id)),
    }),
  }),
  deleteWebhookEndpoint: t.field({
    ...rule,
    type: DeleteWebhookEndpointPayload,
    description: 'Deletes a webhook and its delivery log. For its owner and admins.',
    args: { input: t.arg({ type: DeleteWebhookEndpointInput, required: true, description: 'The webhook to delete.' }) },
    resolve: async (_parent, { input: { id } }, context) => {
      await deleteEndpoint(context.deps, viewerOf(context), context.origin, id.id)
      return { endpointId: id.id }
    },
  }),
}))
