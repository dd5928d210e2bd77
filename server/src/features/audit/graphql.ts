import { queryFromInfo } from '@pothos/plugin-prisma'
import { resolveCursorConnection } from '@pothos/plugin-relay'
import { areCursorsValid, builder, checkPage, partitionPruningHint, viewerOf } from '../../graphql/schema/builder.ts'
import { DateTimeRange } from '../../graphql/schema/common-types.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { Booking, bookingForViewer } from '../bookings/graphql.ts'
import { User } from '../users/graphql.ts'
import { dropUnknownActions } from './drop-unknown-actions.ts'
import { hiddenFromOwner } from './filter.model.ts'
import { countAuditLogs, listAuditPositions } from './page.reads.ts'
import { cursorOf, type Position, positionOf } from './position.model.ts'
import { type AuditLogRow, isEntryOf, newestFirst, readAuditLogs, visibleAuditLogs } from './reads.ts'

const AuditLog = builder.prismaNode('AuditLog', {
  description:
    'An entry in the audit log: who did what, to what, when and from where. It never contains what was read.',
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => ({ id, AND: visibleAuditLogs(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  needs: 'audit:read',
  fields: (t) => ({
    user: t.relation('user', {
      nullable: true,
      description: 'The user who acted. Null for the system and for signed-out callers.',
    }),
    booking: t.prismaField({
      type: 'Booking',
      nullable: true,
      description: "The booking the entry is about. Null if there is none or you can't access it.",
      select: { bookingId: true },
      resolve: (query, entry, _args, context) =>
        entry.bookingId === null ? null : bookingForViewer(context, entry.bookingId, query),
    }),
    action: t.exposeString('action', {
      description: 'The action, such as `summary.read`. The set of actions is fixed.',
    }),
    resource: t.exposeString('resource', { description: 'The type of resource that was acted on.' }),
    resourceId: t.exposeString('resourceId', { nullable: true, description: "The resource's own ID." }),
    ipAddress: t.exposeString('ipAddress', { nullable: true, description: 'The IP address of the request.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'The user agent of the request.' }),
    metadata: t.expose('metadata', {
      type: 'JSON',
      nullable: true,
      description: 'The details, as IDs, codes and digests. Never content.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the action happened.' }),
  }),
})

const AuditLogConnection = builder.connectionObject(
  { type: AuditLog, name: 'AuditLogConnection', description: 'A connection of audit entries.' },
  { name: 'AuditLogEdge', description: 'An edge in a connection of audit entries.' },
)

const AuditLogFilter = builder.inputType('AuditLogFilter', {
  description: 'Filters audit entries. All conditions must match; omitted fields are ignored.',
  fields: (t) => ({
    action: t.stringList({ description: 'Matches any of these actions.' }),
    userId: t.globalID({ for: [User], description: 'The ID of the user who acted.' }),
    bookingId: t.globalID({ for: [Booking], description: 'The ID of the booking the entry is about.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When the action happened.' }),
  }),
})

builder.queryField('auditLogs', (t) =>
  t.connection(
    {
      type: AuditLog,
      description:
        'Your own actions, and what others did to your bookings and account, newest first. Admins get all entries.',
      authScopes: { signedIn: true },
      needs: 'audit:read',
      args: { filter: t.arg({ type: AuditLogFilter, description: 'Filters the list.' }) },
      resolve: async (_parent, args, context, info) => {
        checkPage(args)
        const { database } = context.deps
        const [viewer, filter] = [viewerOf(context), dropUnknownActions(filterOf(args.filter))]
        const { include = {} } = queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] })
        const options = { args, toCursor: (row: AuditLogRow) => cursorOf(row) }
        const page = await resolveCursorConnection<Promise<AuditLogRow[]>>(
          options,
          async ({ after, before, limit, inverted }): Promise<AuditLogRow[]> => {
            const ends = { after: decodePosition('after', after), before: decodePosition('before', before) }
            const request = { ...ends, limit, isFromEnd: inverted }
            return readAuditLogs(database, await listAuditPositions(database, viewer, filter, request), include)
          },
        )
        return { ...page, totalCount: () => countAuditLogs(database, viewer, filter) }
      },
    },
    AuditLogConnection,
  ),
)

function decodePosition(argument: 'after' | 'before', cursor: string | undefined): Position | null {
  if (cursor === undefined) return null
  const position = positionOf(cursor)
  if (position === null) throw new BadUserInputError(argument, 'Invalid cursor. Use a cursor from this list.')
  return position
}

/** Global IDs were checked for their type when they were parsed; the query needs the plain ID. */
function filterOf(filter: (typeof AuditLogFilter)['$inferInput'] | null | undefined) {
  return { ...filter, userId: filter?.userId?.id, bookingId: filter?.bookingId?.id }
}

builder.prismaObjectField(Booking, 'auditLogs', (t) =>
  t.relatedConnection(
    'auditLogs',
    {
      cursor: 'id',
      totalCount: true,
      description: 'The audit entries about this booking, newest first.',
      extensions: partitionPruningHint('createdAt'),
      authScopes: (booking, args, { deps }) => areCursorsValid(args, (id) => isEntryOf(deps.database, booking.id, id)),
      query: (args) => {
        checkPage(args)
        return { orderBy: newestFirst, where: { action: { notIn: [...hiddenFromOwner] } } }
      },
    },
    AuditLogConnection,
  ),
)
