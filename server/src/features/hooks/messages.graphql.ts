import { builder, checkCursors, viewerOf } from '../../graphql/builder.ts'
import { bookingForViewer } from '../bookings/graphql.ts'
import { WebhookDocumentProblem, WebhookEndpoint } from './graphql.ts'
import { type MessageStatus, webhookIdOf } from './model.ts'
import { mayReadEndpoint } from './policy.ts'
import { type MessagePreview, previewMessage } from './preview-message.ts'
import { isListedMessage, messagesMatching, visibleMessage } from './reads.ts'

const WebhookMessageStatus = builder.enumType('WebhookMessageStatus', {
  description: 'Where a message is in its life.',
  values: {
    PENDING: { value: 'pending', description: 'Not delivered yet; `nextAttemptAt` says when it is tried.' },
    DELIVERED: { value: 'delivered', description: 'The receiver took it.' },
    FILTERED: { value: 'filtered', description: "The document's arguments did not want it. Nothing was sent." },
    FAILED: { value: 'failed', description: 'Given up after its last attempt.' },
    CANCELLED: { value: 'cancelled', description: 'Its endpoint was switched off before it was delivered.' },
  } satisfies Record<string, { value: MessageStatus; description: string }>,
})

const WebhookAttempt = builder.prismaObject('WebhookAttempt', {
  description: 'One try at a message. What was sent, and what was answered beyond the status, is not kept.',
  authScopes: { signedIn: true },
  needs: 'webhooks:read',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Which try it was, from 1.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took, in milliseconds.' }),
    statusCode: t.exposeInt('statusCode', { nullable: true, description: 'The HTTP status; null for no answer.' }),
    errorCode: t.exposeString('errorCode', {
      nullable: true,
      description: 'What went wrong, as a code of docs/webhooks.md; null when it was taken.',
    }),
  }),
})

export const WebhookMessage = builder.prismaNode('WebhookMessage', {
  description: 'What was or will be sent to an endpoint: one change of one booking, or a ping. Kept for thirty days.',
  select: { id: true, endpoint: { select: { userId: true } } },
  id: { field: 'id', description: 'The global id.' },
  findUnique: (id, context) => visibleMessage(viewerOf(context), id),
  nullable: true,
  authScopes: ({ endpoint }, context) => mayReadEndpoint(viewerOf(context), endpoint),
  needs: 'webhooks:read',
  fields: (t) => ({
    webhookId: t.string({
      description: 'The `webhook-id` that the receiver sees, the same for each try.',
      resolve: ({ id }) => webhookIdOf(id),
    }),
    endpoint: t.relation('endpoint', { description: 'Where it goes.' }),
    type: t.exposeString('type', { description: 'Its `type`: `booking.created` and the like, or `ping`.' }),
    status: t.field({
      type: WebhookMessageStatus,
      description: 'Where it is in its life.',
      select: { status: true },
      resolve: ({ status }) => status as MessageStatus, // a CHECK holds the list
    }),
    booking: t.prismaField({
      type: 'Booking',
      nullable: true,
      description: 'The booking that it is about. Null for a ping, and when it no longer exists for you.',
      select: { bookingId: true },
      resolve: (query, { bookingId }, _args, context) =>
        bookingId === null ? null : bookingForViewer(context, bookingId, query),
    }),
    attemptCount: t.exposeInt('attempts', { description: 'How often it was tried.' }),
    attempts: t.relation('tries', {
      description: 'Its tries, the latest fifty, first to last.',
      query: { orderBy: { number: 'asc' }, take: -50 },
    }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next; null when it is not.',
    }),
    happenedAt: t.expose('happenedAt', { type: 'DateTime', description: 'When the booking changed.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the message was made.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was delivered or given up.',
    }),
  }),
})

export { WebhookAttempt }

const WebhookMessageConnection = builder.connectionObject(
  { type: WebhookMessage, name: 'WebhookMessageConnection', description: 'A page of messages.' },
  { name: 'WebhookMessageEdge', description: 'One of messages, with its cursor.' },
)

const WebhookMessageFilter = builder.inputType('WebhookMessageFilter', {
  description: 'Narrows a list of messages. What is left out does not narrow.',
  fields: (t) => ({
    status: t.field({ type: [WebhookMessageStatus], description: 'Any of these.' }),
    type: t.stringList({ description: 'Any of these, such as `booking.created`.' }),
  }),
})

builder.prismaObjectField(WebhookEndpoint, 'messages', (t) =>
  t.relatedConnection(
    'messages',
    {
      cursor: 'id',
      totalCount: true,
      description: 'The delivery log, newest first.',
      args: { filter: t.arg({ type: WebhookMessageFilter, description: 'Narrows the list.' }) },
      authScopes: async (endpoint, args, { deps }) => {
        await checkCursors(args, (id) => isListedMessage(deps.database, endpoint.id, id))
        return true
      },
      query: ({ filter }) => ({
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        where: messagesMatching(filter ?? {}),
      }),
    },
    WebhookMessageConnection,
  ),
)

const WebhookPreviewInput = builder.inputType('WebhookPreviewInput', {
  description: 'What an endpoint would be.',
  fields: (t) => ({
    document: t.string({ required: true, description: 'Its document.' }),
    scopes: t.stringList({ required: true, description: 'Its scopes.' }),
  }),
})

const WebhookPreview = builder.objectRef<MessagePreview>('WebhookPreview').implement({
  description: 'What an endpoint would send.',
  fields: (t) => ({
    problems: t.field({
      type: [WebhookDocumentProblem],
      description: 'What keeps the document from being used.',
      resolve: ({ problems }) => [...problems],
    }),
    body: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The body for the latest change that the document wants; null when there is none, or a problem.',
      resolve: ({ body }) => body,
    }),
    changesLookedAt: t.exposeInt('changesLookedAt', {
      description: 'How many changes were looked at. With none there is nothing yet to show.',
    }),
  }),
})

builder.queryField('webhookPreview', (t) =>
  t.field({
    type: WebhookPreview,
    description: 'Tries a document on the latest changes. Nothing is sent, and nothing is kept.',
    authScopes: { signedIn: true },
    needs: 'webhooks:write',
    complexity: 100,
    args: { input: t.arg({ type: WebhookPreviewInput, required: true, description: 'What to try.' }) },
    resolve: (_parent, { input }, context) => previewMessage(context.deps, viewerOf(context), input),
  }),
)
