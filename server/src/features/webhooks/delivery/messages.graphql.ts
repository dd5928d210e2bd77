import { builder, relatedListField, viewerOf } from '../../../graphql/schema/builder.ts'
import { bookingForViewer } from '../../bookings/graphql.ts'
import { WebhookDocumentProblem, WebhookEndpoint } from '../graphql.ts'
import { type MessageStatus, webhookIdOf } from '../model.ts'
import { mayReadEndpoint } from '../policy.ts'
import { messagesMatching, visibleMessage } from '../reads.ts'
import { type MessagePreview, previewMessage } from './preview-message.ts'

const WebhookMessageStatus = builder.enumType('WebhookMessageStatus', {
  description: 'The status of a message.',
  values: {
    PENDING: { value: 'pending', description: 'Not delivered yet. `nextAttemptAt` is the time of the next attempt.' },
    DELIVERED: { value: 'delivered', description: 'The receiver accepted the message.' },
    FILTERED: { value: 'filtered', description: "The document's arguments excluded the change. Nothing was sent." },
    FAILED: { value: 'failed', description: 'Abandoned after the last attempt.' },
    CANCELLED: { value: 'cancelled', description: 'The webhook was disabled before the message was delivered.' },
  } satisfies Record<string, { value: MessageStatus; description: string }>,
})

builder.prismaObject('WebhookAttempt', {
  description: 'A delivery attempt. The body that was sent and the response, except for its status, are not stored.',
  authScopes: { signedIn: true },
  needs: 'webhooks:read',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'The number of the attempt, starting at 1.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the attempt started.' }),
    durationMs: t.exposeInt('durationMs', { description: 'The duration in milliseconds.' }),
    statusCode: t.exposeInt('statusCode', {
      nullable: true,
      description: 'The HTTP status. Null if there was no response.',
    }),
    errorCode: t.exposeString('errorCode', {
      nullable: true,
      description: 'What went wrong, as a code from docs/webhooks.md. Null if the message was accepted.',
    }),
  }),
})

export const WebhookMessage = builder.prismaNode('WebhookMessage', {
  description:
    'A message that was or will be sent to a webhook: one change of one booking, or a ping. Kept for 30 days.',
  select: { id: true, endpoint: { select: { userId: true } } },
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => visibleMessage(viewerOf(context), id),
  nullable: true,
  authScopes: ({ endpoint }, context) => mayReadEndpoint(viewerOf(context), endpoint),
  needs: 'webhooks:read',
  fields: (t) => ({
    webhookId: t.string({
      description: 'The `webhook-id` that the receiver sees, the same for every attempt.',
      resolve: ({ id }) => webhookIdOf(id),
    }),
    endpoint: t.relation('endpoint', { description: 'The webhook that the message is sent to.' }),
    type: t.exposeString('type', {
      description: 'The `type` of the message: `ping`, or a change such as `booking.created`.',
    }),
    status: t.field({
      type: WebhookMessageStatus,
      description: 'The status of the message.',
      select: { status: true },
      resolve: ({ status }) => status as MessageStatus, // a CHECK constraint guarantees the values
    }),
    booking: t.prismaField({
      type: 'Booking',
      nullable: true,
      description: "The booking the message is about. Null for a ping, and if you can't access the booking.",
      select: { bookingId: true },
      resolve: (query, { bookingId }, _args, context) =>
        bookingId === null ? null : bookingForViewer(context, bookingId, query),
    }),
    attemptCount: t.exposeInt('attempts', { description: 'The number of attempts.' }),
    attempts: t.relation('tries', {
      description: 'The 50 most recent delivery attempts, oldest first.',
      query: { orderBy: { number: 'asc' }, take: -50 },
    }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The time of the next attempt. Null if there is none.',
    }),
    happenedAt: t.expose('happenedAt', { type: 'DateTime', description: 'When the booking changed.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the message was created.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the message was delivered or abandoned.',
    }),
  }),
})

const WebhookMessageConnection = builder.connectionObject(
  { type: WebhookMessage, name: 'WebhookMessageConnection', description: 'A connection of messages.' },
  { name: 'WebhookMessageEdge', description: 'An edge in a connection of messages.' },
)

const WebhookMessageFilter = builder.inputType('WebhookMessageFilter', {
  description: 'Filters messages. All conditions must match; omitted fields are ignored.',
  fields: (t) => ({
    status: t.field({ type: [WebhookMessageStatus], description: 'Matches any of these values.' }),
    type: t.stringList({ description: 'Matches any of these types, such as `booking.created`.' }),
  }),
})

type MessageArgs = Readonly<{ filter?: (typeof WebhookMessageFilter)['$inferInput'] | null | undefined }>

builder.prismaObjectField(WebhookEndpoint, 'messages', (t) =>
  t.connection(
    {
      type: WebhookMessage,
      description: 'The delivery log, newest first.',
      args: { filter: t.arg({ type: WebhookMessageFilter, description: 'Filters the list.' }) },
      ...relatedListField({
        parent: 'WebhookEndpoint',
        relation: 'messages',
        model: 'WebhookMessage',
        where: ({ filter }: MessageArgs) => messagesMatching(filter ?? {}),
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      }),
    },
    WebhookMessageConnection,
  ),
)

const WebhookPreviewInput = builder.inputType('WebhookPreviewInput', {
  description: 'The document and scopes of a webhook to preview.',
  fields: (t) => ({
    document: t.string({ required: true, description: 'The document.' }),
    scopes: t.stringList({ required: true, description: 'The scopes of the document.' }),
  }),
})

const WebhookPreview = builder.objectRef<MessagePreview>('WebhookPreview').implement({
  description: 'A preview of what a webhook would send.',
  fields: (t) => ({
    problems: t.field({
      type: [WebhookDocumentProblem],
      description: 'The problems that keep the document from being used.',
      resolve: ({ problems }) => [...problems],
    }),
    body: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The body for the latest change that the document selects. Null if there is none, or if there is a problem.',
      resolve: ({ body }) => body,
    }),
    changesLookedAt: t.exposeInt('changesLookedAt', {
      description: 'The number of changes examined. If it is 0, there is nothing to show yet.',
    }),
  }),
})

builder.queryField('webhookPreview', (t) =>
  t.field({
    type: WebhookPreview,
    description: 'Tries a document on the latest changes. Nothing is sent or stored.',
    authScopes: { signedIn: true },
    needs: 'webhooks:write',
    complexity: 100,
    args: {
      input: t.arg({ type: WebhookPreviewInput, required: true, description: 'The document and scopes to preview.' }),
    },
    resolve: (_parent, { input }, context) => previewMessage(context.deps, viewerOf(context), input),
  }),
)
