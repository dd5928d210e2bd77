import type { DocumentProblem } from '../../core/access/stored-documents.ts'
import { builder, type Context, listField, viewerOf } from '../../graphql/schema/builder.ts'
import { User } from '../users/graphql.ts'
import { endpointViewer } from './endpoint-viewer.ts'
import { type DisabledReason, type EndpointState, stateOf } from './model.ts'
import { mayReadEndpoint } from './policy.ts'
import { endpointList, visibleEndpoint } from './reads.ts'

const WebhookEndpointState = builder.enumType('WebhookEndpointState', {
  description: 'The state of a webhook.',
  values: {
    WORKING: { value: 'working', description: 'The last attempt succeeded, or there was none yet.' },
    FAILING: { value: 'failing', description: 'The last attempt failed. It will be retried.' },
    BROKEN: { value: 'broken', description: 'The document can no longer be run. `documentProblems` says why.' },
    OFF: { value: 'off', description: 'Disabled. Nothing is sent.' },
  } satisfies Record<string, { value: EndpointState; description: string }>,
})

const WebhookDisabledReason = builder.enumType('WebhookDisabledReason', {
  description: 'The reason a webhook is disabled.',
  values: {
    REQUESTED: { value: 'requested', description: 'The owner or an admin disabled it.' },
    FAILING: { value: 'failing', description: 'Every attempt failed for five days, and the owner had been warned.' },
    GONE: { value: 'gone', description: 'The receiver answered 410 Gone.' },
    OWNER_INACTIVE: { value: 'owner_inactive', description: "The owner's account was deactivated." },
  } satisfies Record<string, { value: DisabledReason; description: string }>,
})

export const WebhookDocumentProblem = builder.objectRef<DocumentProblem>('WebhookDocumentProblem').implement({
  description: "A problem with a webhook's document.",
  fields: (t) => ({
    code: t.exposeString('code', { description: 'The error code, from docs/errors.md.' }),
    message: t.exposeString('message', { description: 'A description of the problem.' }),
    line: t.exposeInt('line', {
      nullable: true,
      description: 'The line in the document, starting at 1. Null if the problem is with all of it.',
    }),
    column: t.exposeInt('column', { nullable: true, description: 'The column in the line, starting at 1.' }),
    missingScope: t.exposeStringList('missingScope', {
      description: 'The scopes of which the webhook needs one, if that is the problem.',
    }),
  }),
})

const ruleColumns = { id: true, userId: true } as const
const documentColumns = { document: true, scopes: true, owner: { select: { role: true } } } as const

type Documented = Readonly<{
  id: string
  userId: string
  document: string
  scopes: readonly string[]
  owner: { role: 'pastor' | 'admin' }
}>

function problemsOf(endpoint: Documented, { deps }: Context): readonly DocumentProblem[] {
  return deps.documents.problemsOf(endpoint.document, endpointViewer(endpoint, endpoint.owner.role))
}

export const WebhookEndpoint = builder.prismaNode('WebhookEndpoint', {
  description:
    'A URL of the church that ChurchHub posts changes of bookings to, signed according to Standard Webhooks. The webhook sees what an API token of its owner with its scopes would see.',
  select: ruleColumns,
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => visibleEndpoint(viewerOf(context), id),
  nullable: true,
  authScopes: (endpoint, context) => mayReadEndpoint(viewerOf(context), endpoint),
  needs: 'webhooks:read',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the webhook is for.' }),
    address: t.exposeString('address', {
      description:
        'The URL without its path and query. These often contain a key, so they are encrypted and never returned.',
    }),
    document: t.exposeString('document', { description: 'The subscription that defines what is sent, and when.' }),
    documentProblems: t.field({
      type: [WebhookDocumentProblem],
      description:
        'The current problems with the document. Empty unless the schema or the scopes have changed since it was saved.',
      select: documentColumns,
      resolve: (endpoint, _args, context) => [...problemsOf(endpoint, context)],
    }),
    scopes: t.exposeStringList('scopes', { description: 'The scopes of the document.' }),
    state: t.field({
      type: WebhookEndpointState,
      description: 'The state of the webhook.',
      select: { ...documentColumns, isActive: true, failingSince: true },
      resolve: (endpoint, _args, context) => stateOf(endpoint, problemsOf(endpoint, context).length > 0),
    }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether the webhook is enabled.' }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the webhook was disabled. Null while it is enabled.',
    }),
    disabledReason: t.field({
      type: WebhookDisabledReason,
      nullable: true,
      description: 'Why the webhook is disabled. Null while it is enabled.',
      select: { disabledReason: true },
      resolve: ({ disabledReason }) => disabledReason as DisabledReason | null, // a CHECK constraint guarantees the values
    }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description: 'The time since which every attempt has failed. Null if the last attempt succeeded.',
    }),
    warnedAt: t.expose('warnedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the owner was warned that the webhook will be disabled.',
    }),
    lastDeliveredAt: t.expose('lastDeliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a message was last delivered.',
    }),
    previousSecretUntil: t.expose('previousSecretUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'When the previous signing secret stops being used.',
    }),
    isOwn: t.boolean({
      description: 'Whether the webhook is yours. Only its owner can change it.',
      resolve: (endpoint, _args, context) => endpoint.userId === viewerOf(context).userId,
    }),
    owner: t.relation('owner', { description: 'The owner of the webhook, whose access it has.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the webhook was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the webhook was last changed.' }),
  }),
})

const WebhookEndpointConnection = builder.connectionObject(
  { type: WebhookEndpoint, name: 'WebhookEndpointConnection', description: 'A connection of webhooks.' },
  { name: 'WebhookEndpointEdge', description: 'An edge in a connection of webhooks.' },
)

const WebhookEndpointFilter = builder.inputType('WebhookEndpointFilter', {
  description: 'Filters webhooks. All conditions must match; omitted fields are ignored.',
  fields: (t) => ({
    isActive: t.boolean({ description: 'True for enabled webhooks, false for disabled ones.' }),
    ownerId: t.globalID({ for: [User], description: "The owner's ID." }),
  }),
})

builder.queryField('webhookEndpoints', (t) =>
  t.connection(
    {
      type: WebhookEndpoint,
      description: 'Your webhooks, in the order in which they were created. Admins get all webhooks.',
      authScopes: { signedIn: true },
      needs: 'webhooks:read',
      args: { filter: t.arg({ type: WebhookEndpointFilter, description: 'Filters the list.' }) },
      ...listField('WebhookEndpoint', listed, { isPlanned: false }),
    },
    WebhookEndpointConnection,
  ),
)

type ListArgs = Readonly<{ filter?: (typeof WebhookEndpointFilter)['$inferInput'] | null | undefined }>

/** Global IDs were checked for their type when they were parsed; the query needs the plain ID. */
function listed({ filter }: ListArgs, context: Context) {
  return endpointList(viewerOf(context), { ...filter, ownerId: filter?.ownerId?.id })
}
