import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder, orderOf, relatedListField, resolveConnection, viewerOf } from '../../graphql/schema/builder.ts'
import { DateTimeRange } from '../../graphql/schema/common-types.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { Booking, bookingForViewer } from '../bookings/graphql.ts'
import { User } from '../users/graphql.ts'
import { AuditAction, isKnownAction } from './actions.graphql.ts'
import { bothOf, hiddenFromOwner } from './filter.model.ts'
import { countAuditLogs, listAuditPositions } from './page.reads.ts'
import { positionOf } from './position.model.ts'
import { newestFirst, readAuditLogs, visibleAuditLogs } from './reads.ts'

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
      description: 'The action as text, such as `summary.read`.',
      deprecationReason: 'Use `actionType` instead. It is kept until 2027-12-31.',
    }),
    actionType: t.field({
      type: AuditAction,
      nullable: true,
      description: "The action. Null for an action of a newer version of ChurchHub, which this one doesn't know.",
      resolve: ({ action }) => (isKnownAction(action) ? action : null),
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
    action: t.stringList({
      description: 'Matches any of these actions, such as `summary.read`. Errors: `BAD_USER_INPUT` for any other text.',
      deprecationReason: 'Use `actionType` instead. It is kept until 2027-12-31.',
    }),
    actionType: t.field({ type: [AuditAction], description: 'Matches any of these actions.' }),
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
        const [viewer, filter] = [viewerOf(context), filterOf(args.filter)]
        const { database } = context.deps
        const { include = {} } = queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] })
        const scope = viewer.role === 'admin' ? {} : { userId: viewer.userId }
        const page = await resolveConnection(
          { args, context, info, scope, order: orderOf('AuditLog', newestFirst) },
          async ({ after, before, limit, isFromEnd }) => {
            const request = { after: positionOf(after), before: positionOf(before), limit, isFromEnd }
            return readAuditLogs(database, await listAuditPositions(database, viewer, filter, request), include)
          },
        )
        return { ...page, totalCount: () => countAuditLogs(database, viewer, filter) }
      },
    },
    AuditLogConnection,
  ),
)

/** Global IDs were checked for their type when they were parsed; the query needs the plain ID. */
function filterOf(filter: (typeof AuditLogFilter)['$inferInput'] | null | undefined) {
  const { action, actionType, userId, bookingId, createdAt } = filter ?? {}
  if (action?.some((each) => !isKnownAction(each))) {
    throw new BadUserInputError('filter.action', 'filter.action has an unknown action. Use `actionType` instead.')
  }
  return { action: bothOf(action, actionType), userId: userId?.id, bookingId: bookingId?.id, createdAt }
}

builder.prismaObjectField(Booking, 'auditLogs', (t) =>
  t.connection(
    {
      type: AuditLog,
      description: 'The audit entries about this booking, newest first.',
      ...relatedListField({
        parent: 'Booking',
        relation: 'auditLogs',
        model: 'AuditLog',
        where: () => ({ action: { notIn: [...hiddenFromOwner] } }),
        orderBy: newestFirst,
        pruningColumn: 'createdAt',
      }),
    },
    AuditLogConnection,
  ),
)
