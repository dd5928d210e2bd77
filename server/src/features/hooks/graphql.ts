import { builder, type Context, checkCursors, checkPage, viewerOf } from '../../graphql/builder.ts'
import { User } from '../users/graphql.ts'
import { actAsEndpoint } from './act-as-endpoint.ts'
import type { DocumentProblem } from './document.model.ts'
import { type DisabledReason, type EndpointState, stateOf } from './model.ts'
import { mayReadEndpoint } from './policy.ts'
import { countEndpoints, endpointsMatching, isListedEndpoint, listEndpoints, visibleEndpoint } from './reads.ts'

const WebhookEndpointState = builder.enumType('WebhookEndpointState', {
  description: 'How an endpoint is doing.',
  values: {
    WORKING: { value: 'working', description: 'The last attempt got through, or there was none yet.' },
    FAILING: { value: 'failing', description: 'The last attempt failed. It is tried again.' },
    BROKEN: { value: 'broken', description: 'Its document can not be run any more; `documentProblems` says why.' },
    OFF: { value: 'off', description: 'Switched off: nothing is sent.' },
  } satisfies Record<string, { value: EndpointState; description: string }>,
})

const WebhookDisabledReason = builder.enumType('WebhookDisabledReason', {
  description: 'Why an endpoint is switched off.',
  values: {
    REQUESTED: { value: 'requested', description: 'Its owner or an admin wanted it.' },
    FAILING: { value: 'failing', description: 'Nothing got through for five days, and the owner had been warned.' },
    GONE: { value: 'gone', description: 'The receiver answered 410 Gone.' },
    OWNER_INACTIVE: { value: 'owner_inactive', description: "Its owner's account was deactivated." },
  } satisfies Record<string, { value: DisabledReason; description: string }>,
})

export const WebhookDocumentProblem = builder.objectRef<DocumentProblem>('WebhookDocumentProblem').implement({
  description: "One thing that is wrong with an endpoint's document.",
  fields: (t) => ({
    code: t.exposeString('code', { description: 'A code of docs/errors.md.' }),
    message: t.exposeString('message', { description: 'What is wrong.' }),
    line: t.exposeInt('line', { nullable: true, description: 'Where in the text, from 1; null for all of it.' }),
    column: t.exposeInt('column', { nullable: true, description: 'Where in the line, from 1.' }),
    missingScope: t.exposeStringList('missingScope', {
      description: 'The scopes of which the endpoint would need one, where that is what is wrong.',
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
  return deps.documents.problemsOf(endpoint.document, actAsEndpoint(endpoint, endpoint.owner.role))
}

export const WebhookEndpoint = builder.prismaNode('WebhookEndpoint', {
  description:
    "An address of a church's own that ChurchHub posts changes of bookings to, signed as Standard Webhooks says. It sees what an API token of its owner with its scopes would see.",
  select: ruleColumns,
  id: { field: 'id', description: 'The global id.' },
  findUnique: (id, context) => visibleEndpoint(viewerOf(context), id),
  nullable: true,
  authScopes: (endpoint, context) => mayReadEndpoint(viewerOf(context), endpoint),
  needs: 'webhooks:read',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is for.' }),
    address: t.exposeString('address', {
      description: 'Its URL without path and query, which are often a key: they are sealed and never come out.',
    }),
    document: t.exposeString('document', { description: 'The subscription that says what is sent, and when.' }),
    documentProblems: t.field({
      type: [WebhookDocumentProblem],
      description: 'What is wrong with the document now. Empty unless the schema or the scopes have changed since.',
      select: documentColumns,
      resolve: (endpoint, _args, context) => [...problemsOf(endpoint, context)],
    }),
    scopes: t.exposeStringList('scopes', { description: 'What its document may read.' }),
    state: t.field({
      type: WebhookEndpointState,
      description: 'How it is doing.',
      select: { ...documentColumns, isActive: true, failingSince: true },
      resolve: (endpoint, _args, context) => stateOf(endpoint, problemsOf(endpoint, context).length > 0),
    }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether it is switched on.' }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was switched off; null while it is on.',
    }),
    disabledReason: t.field({
      type: WebhookDisabledReason,
      nullable: true,
      description: 'Why it is switched off; null while it is on.',
      select: { disabledReason: true },
      resolve: ({ disabledReason }) => disabledReason as DisabledReason | null, // a CHECK holds the list
    }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when every attempt has failed; null when the last got through.',
    }),
    warnedAt: t.expose('warnedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its owner was warned that it will be switched off.',
    }),
    lastDeliveredAt: t.expose('lastDeliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When something last got through.',
    }),
    previousSecretUntil: t.expose('previousSecretUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when the secret before the present one signs too.',
    }),
    isOwn: t.boolean({
      description: 'Whether it is yours: only its owner changes it.',
      resolve: (endpoint, _args, context) => endpoint.userId === viewerOf(context).userId,
    }),
    owner: t.relation('owner', { description: 'As whom it sees.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
})

const WebhookEndpointConnection = builder.connectionObject(
  { type: WebhookEndpoint, name: 'WebhookEndpointConnection', description: 'A page of endpoints.' },
  { name: 'WebhookEndpointEdge', description: 'One of endpoints, with its cursor.' },
)

const WebhookEndpointFilter = builder.inputType('WebhookEndpointFilter', {
  description: 'Narrows a list of endpoints. What is left out does not narrow.',
  fields: (t) => ({
    isActive: t.boolean({ description: 'Only those that are switched on, or only those that are off.' }),
    ownerId: t.globalID({ for: [User], description: "The owner's id." }),
  }),
})

builder.queryField('webhookEndpoints', (t) =>
  t.prismaConnection(
    {
      type: WebhookEndpoint,
      cursor: 'id',
      description: "One's own webhook endpoints; everybody's for an admin. In the order in which they were made.",
      authScopes: { signedIn: true },
      needs: 'webhooks:read',
      args: { filter: t.arg({ type: WebhookEndpointFilter, description: 'Narrows the list.' }) },
      totalCount: (_parent, { filter }, context) =>
        countEndpoints(context.deps.database, endpointsMatching(viewerOf(context), filterOf(filter))),
      resolve: async (query, _parent, args, context) => {
        checkPage(args)
        const { database } = context.deps
        await checkCursors(args, (id) => isListedEndpoint(database, viewerOf(context), id))
        return listEndpoints(database, endpointsMatching(viewerOf(context), filterOf(args.filter)), query)
      },
    },
    WebhookEndpointConnection,
  ),
)

/** A global id has been checked for its type by the time it comes here; only its own part is needed. */
function filterOf(filter: (typeof WebhookEndpointFilter)['$inferInput'] | null | undefined) {
  return { ...filter, ownerId: filter?.ownerId?.id }
}
