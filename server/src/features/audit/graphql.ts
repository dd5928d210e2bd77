import { queryFromInfo } from '@pothos/plugin-prisma'
import { resolveCursorConnection } from '@pothos/plugin-relay'
import { builder, checkPage, cursorsHold, noEarlierThanParent, viewerOf } from '../../graphql/builder.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { Booking, bookingForViewer, DateTimeRange } from '../bookings/graphql.ts'
import { User } from '../users/graphql.ts'
import { hiddenFromOwner } from './filter.model.ts'
import { narrowFilter } from './narrow-filter.ts'
import { countAuditLogs, listAuditPositions } from './page.reads.ts'
import { cursorOf, type Position, positionOf } from './position.model.ts'
import { type AuditLogRow, isEntryOf, newestFirst, readAuditLogs, visibleAuditLogs } from './reads.ts'

const AuditLog = builder.prismaNode('AuditLog', {
  description: 'One entry of the audit log: who did what, to what, when and from where. Never what was read.',
  id: { field: 'id', description: 'The global id.' },
  findUnique: (id, context) => ({ id, AND: visibleAuditLogs(viewerOf(context)) }),
  nullable: true,
  authScopes: { signedIn: true },
  needs: 'audit:read',
  fields: (t) => ({
    user: t.relation('user', {
      nullable: true,
      description: 'Who acted. Null for the system and for signed-out callers.',
    }),
    booking: t.prismaField({
      type: 'Booking',
      nullable: true,
      description: 'The booking it is about. Null when there is none, or none that exists for you.',
      select: { bookingId: true },
      resolve: (query, entry, _args, context) =>
        entry.bookingId === null ? null : bookingForViewer(context, entry.bookingId, query),
    }),
    action: t.exposeString('action', { description: 'What was done, such as `summary.read`. A closed list.' }),
    resource: t.exposeString('resource', { description: 'The kind of thing that it was done to.' }),
    resourceId: t.exposeString('resourceId', { nullable: true, description: 'Which one, by its own id.' }),
    ipAddress: t.exposeString('ipAddress', { nullable: true, description: 'The address that the request came from.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'The program that the request came from.' }),
    metadata: t.expose('metadata', {
      type: 'JSON',
      nullable: true,
      description: 'Ids, codes and digests; never content.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it happened.' }),
  }),
})

const AuditLogConnection = builder.connectionObject(
  { type: AuditLog, name: 'AuditLogConnection', description: 'A page of audit entries.' },
  { name: 'AuditLogEdge', description: 'One of audit entries, with its cursor.' },
)

const AuditLogFilter = builder.inputType('AuditLogFilter', {
  description: 'Narrows a list of audit entries. What is left out does not narrow.',
  fields: (t) => ({
    action: t.stringList({ description: 'Any of these actions.' }),
    userId: t.globalID({ for: [User], description: 'Who acted.' }),
    bookingId: t.globalID({ for: [Booking], description: 'The booking it is about.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When it happened.' }),
  }),
})

builder.queryField('auditLogs', (t) =>
  t.connection(
    {
      type: AuditLog,
      description:
        "What one did, and what others did to one's own bookings and account, newest first; everything for an admin.",
      authScopes: { signedIn: true },
      needs: 'audit:read',
      args: { filter: t.arg({ type: AuditLogFilter, description: 'Narrows the list.' }) },
      resolve: async (_parent, args, context, info) => {
        checkPage(args)
        const { database } = context.deps
        const [viewer, filter] = [viewerOf(context), narrowFilter(filterOf(args.filter))]
        const { include = {} } = queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] })
        const options = { args, toCursor: (row: AuditLogRow) => cursorOf(row) }
        const page = await resolveCursorConnection<Promise<AuditLogRow[]>>(
          options,
          async ({ after, before, limit, inverted }): Promise<AuditLogRow[]> => {
            const ends = { after: placeIn('after', after), before: placeIn('before', before) }
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

function placeIn(argument: 'after' | 'before', cursor: string | undefined): Position | null {
  if (cursor === undefined) return null
  const place = positionOf(cursor)
  if (place === null) throw new BadUserInputError(argument, 'This is no cursor of this list.')
  return place
}

/** A global id has been checked for its type by the time it comes here; only its own part is needed. */
function filterOf(filter: (typeof AuditLogFilter)['$inferInput'] | null | undefined) {
  return { ...filter, userId: filter?.userId?.id, bookingId: filter?.bookingId?.id }
}

builder.prismaObjectField(Booking, 'auditLogs', (t) =>
  t.relatedConnection(
    'auditLogs',
    {
      cursor: 'id',
      totalCount: true,
      description: 'Who did what with this booking, newest first.',
      extensions: noEarlierThanParent('createdAt'),
      authScopes: (booking, args, { deps }) => cursorsHold(args, (id) => isEntryOf(deps.database, booking.id, id)),
      query: (args) => {
        checkPage(args)
        return { orderBy: newestFirst, where: { action: { notIn: [...hiddenFromOwner] } } }
      },
    },
    AuditLogConnection,
  ),
)
