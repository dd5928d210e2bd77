import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { type GraphQLResolveInfo, isObjectType, Kind } from 'graphql'
import { minGroupSize } from '../../core/access/counting.ts'
import type PrismaTypes from '../../generated/pothos.ts'
import { getDatamodel } from '../../generated/pothos.ts'
import { BadUserInputError, NotFoundError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'
import type { Context } from '../auth/context.ts'
import { isRefusedRowsOf, typeRefusalOf } from '../auth/required-scopes.ts'
import { maxPageSize } from '../limits/page-size.ts'
import { dateTimeText, parseDateTime } from './date-time.ts'
import '../auth/people.ts'
import { type AuthScopes, authScopesOf, refusalFor } from '../auth/scope-map.ts'

// The parts of graphql/ that entry points may use.
export { becomeViewer, type Context, cookieSetterOf, memoized, personOf, viewerOf } from '../auth/context.ts'
export {
  encryptedField,
  encryptedFieldPoints,
  recordMiss,
} from '../auth/encrypted-fields.ts'
export { noteBooking } from '../auth/people.ts'
export { replayOf } from '../auth/replay.ts'
export type { OperationReport } from '../limits/report.ts'
export { orderOf } from '../paging/order.ts'
export { readsRowOfEvent, readsRows } from '../planner/declarations.ts'
export { checkFilter } from './filters.ts'
export { listField } from './list-field.ts'
export { relatedListField } from './related-list-field.ts'
export { resolveConnection } from './resolve-connection.ts'

/** The schema builder. It sets up plugins and scalars; types are defined in each feature's `graphql.ts`. */
export const builder = new SchemaBuilder<{
  Context: Context
  PrismaTypes: PrismaTypes
  AuthScopes: AuthScopes
  DefaultAuthStrategy: 'all'
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    /** A resolver may return a stored timestamp as text. */
    DateTime: { Input: Date; Output: Date | string }
    JSON: { Input: unknown; Output: unknown }
  }
  Connection: { totalCount: number | (() => number | Promise<number>) }
}>({
  // scope-auth comes first, so that its check wraps the work of every other plugin.
  plugins: [ScopeAuthPlugin, RelayPlugin, PrismaPlugin, ComplexityPlugin, 'needs', 'people'],
  defaultFieldNullability: false,
  scopeAuth: {
    // The default of Pothos is `any`: a rule with two scopes would be satisfied by either.
    defaultStrategy: 'all',
    authScopes: (context) => authScopesOf(context.viewer),
    unauthorizedError: (_parent, context) => refusalFor(context.viewer),
    // Checks the rule before the stream starts, not on its first event. The stream checks for each event that the
    // session is still valid; changing a user's role or scopes ends their sessions.
    authorizeOnSubscribe: true,
  },
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    decodeGlobalID: decodeId,
    nodesOnConnection: { description: 'The nodes on this page.' },
    idFieldOptions: { description: 'The global ID.' },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The edges on this page: each node with its cursor.',
    },
    nodeFieldOptions: { nullable: false, description: 'The node at the end of the edge.' },
    nodeTypeOptions: { description: 'An object with a global ID.' },
    pageInfoTypeOptions: { description: 'Information about this page: its cursors, and whether there are more nodes.' },
    pageInfoFieldOptions: {
      description: 'Information about this page: its cursors, and whether there are more nodes.',
    },
    hasNextPageFieldOptions: { description: 'Whether there are nodes after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are nodes before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first node. Null if the page is empty.' },
    endCursorFieldOptions: { description: 'The cursor of the last node. Null if the page is empty.' },
    cursorFieldOptions: {
      description:
        'A cursor to use in `after` or `before` of the same list, in the same order. It stays valid when the node changes or is deleted.',
    },
    firstArgOptions: {
      description:
        'The number of nodes to return from the start of the list. Defaults to 20. The maximum is 100, or what the server is configured for.',
    },
    lastArgOptions: {
      description: 'The number of nodes to return from the end of the list. Refused together with `first`.',
    },
    afterArgOptions: { description: 'Returns only nodes after this cursor.' },
    beforeArgOptions: { description: 'Returns only nodes before this cursor.' },
    nodeQueryOptions: {
      args: { id: { description: 'The global ID of the node.' } },
      description: "Fetches a node by its global ID. Errors: `NOT_FOUND` if it doesn't exist or you can't access it.",
      authScopes: { signedIn: true },
      needs: 'nothing',
      resolve: async (_parent, { id }, context, info, resolveNode) => {
        const refusal = typeRefusalOf(context, info, id.typename)
        if (refusal !== null) throw refusal
        const node = mayExist(id, info) ? await resolveNode(id) : null
        if (node === null || node === undefined) throw await missed(context, id)
        return node
      },
    },
    nodesQueryOptions: {
      args: { ids: { description: 'The global IDs, at most 100, or what the server is configured for.' } },
      description: 'Fetches nodes by ID, in the order given. Returns null and an error for each ID that is not found.',
      authScopes: { signedIn: true },
      needs: 'nothing',
      resolve: async (_parent, args, context, info, resolveNodes) => {
        const { ids } = args
        const { pageSize } = context.deps.env.limits.operation
        if (ids.length > pageSize)
          throw new BadUserInputError('ids', `Too many IDs. Send at most ${pageSize} in one call.`)
        const refusalOf = ({ typename }: NodeId) => typeRefusalOf(context, info, typename)
        // Pothos fetches `args.ids`, whatever IDs it is given here, and skips null.
        Object.assign(args, { ids: ids.map((id) => (mayExist(id, info) && refusalOf(id) === null ? id : null)) })
        const nodes = await resolveNodes(ids)
        return Promise.all(ids.map(async (id, at) => nodes[at] ?? refusalOf(id) ?? (await missed(context, id))))
      },
    },
  },
  prisma: {
    client: (context) => context.deps.database,
    dmmf: getDatamodel(),
    defaultConnectionSize: 20,
    maxConnectionSize: maxPageSize,
  },
  // Provides the `complexity` option of fields. limits/cost.ts computes the cost, once per document and before
  // execution; the plugin would compute it for each root field.
  complexity: { disabled: true },
})

type NodeId = { typename: string; id: string }

const globalIdPattern = /^(?<typename>[A-Za-z]\w*):(?<id>.+)$/s

/** Decodes a global ID. An invalid one becomes an ID that nothing has, so that it doesn't fail a whole list. */
function decodeId(globalId: string): NodeId {
  const { typename = '', id = '' } = globalIdPattern.exec(Buffer.from(globalId, 'base64').toString())?.groups ?? {}
  return { typename, id }
}

/** Whether a node with this ID is worth fetching. Any other ID would be an error of Pothos or the database. */
function mayExist({ typename, id }: NodeId, { schema }: GraphQLResolveInfo): boolean {
  const type = schema.getType(typename)
  return isUuid(id) && isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node')
}

const missHandlers = new Map<string, (context: Context, id: string) => Promise<void>>()

/** Registers a feature's handler that records a lookup by ID of a row that the viewer doesn't own. */
export function onMissedNode(typename: string, handler: (context: Context, id: string) => Promise<void>): void {
  missHandlers.set(typename, handler)
}

/** The error for a node that doesn't exist for the viewer. Records the attempt first. */
export async function missed(context: Context, { typename, id }: NodeId): Promise<NotFoundError> {
  if (isUuid(id)) await missHandlers.get(typename)?.(context, id)
  return new NotFoundError()
}

builder.queryType({ description: 'The root of all queries.' })
builder.mutationType({ description: 'The root of all mutations.' })
builder.subscriptionType({ description: 'The root of all subscriptions.' })

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    // Counts the rows of all pages.
    complexity: 10,
    nullable: true,
    description:
      'The number of nodes on all pages. Counted only if selected. Null if there are fewer than five and your token may only count.',
    resolve: ({ totalCount }, _args, { viewer }, info) => {
      const tell = (count: number) =>
        viewer?.kind === 'token' && count < minGroupSize && isRefusedRowsOf(viewer, info.parentType) ? null : count
      return typeof totalCount === 'function' ? Promise.resolve(totalCount()).then(tell) : tell(totalCount)
    },
  }),
)

builder.scalarType('DateTime', {
  description: 'A point in time in UTC, as an ISO 8601 string with milliseconds: `2026-11-22T09:30:00.000Z`.',
  serialize: (value) => dateTimeText(value),
  parseValue: (value) => parseDateTime(value),
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : null),
})

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
})
