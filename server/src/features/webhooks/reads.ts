import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import type { MessageStatus } from './model.ts'

/** The endpoints that exist for a viewer: one's own, or all for an admin. */
function visibleEndpoints(viewer: Viewer): Prisma.WebhookEndpointWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** The endpoint of that id, where it exists for the viewer. */
export function visibleEndpoint(viewer: Viewer, id: string): Prisma.WebhookEndpointWhereUniqueInput {
  return { id, AND: visibleEndpoints(viewer) }
}

/** The message of that id, where its endpoint exists for the viewer. */
export function visibleMessage(viewer: Viewer, id: string): Prisma.WebhookMessageWhereUniqueInput {
  return { id, endpoint: visibleEndpoints(viewer) }
}

export type EndpointFilter = Readonly<{ isActive?: boolean | null | undefined; ownerId?: string | null | undefined }>

export function endpointsMatching(viewer: Viewer, filter: EndpointFilter): Prisma.WebhookEndpointWhereInput {
  const all: Prisma.WebhookEndpointWhereInput[] = [visibleEndpoints(viewer)]
  if (filter.isActive != null) all.push({ isActive: filter.isActive })
  if (filter.ownerId) all.push({ userId: filter.ownerId })
  return { AND: all }
}

type EndpointSelection = { include?: Prisma.WebhookEndpointInclude; select?: Prisma.WebhookEndpointSelect }

/** Endpoints in the order in which they were made. */
export function listEndpoints<Query extends EndpointSelection>(
  database: Database,
  where: Prisma.WebhookEndpointWhereInput,
  query: Query,
) {
  return database.webhookEndpoint.findMany({ ...query, where, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
}

export function countEndpoints(database: Database, where: Prisma.WebhookEndpointWhereInput): Promise<number> {
  return database.webhookEndpoint.count({ where })
}

/** One endpoint that is known to exist, with what was selected. */
export function endpointOf<Query extends EndpointSelection>(database: Database, id: string, query: Query) {
  return database.webhookEndpoint.findUniqueOrThrow({ ...query, where: { id } })
}

export async function isListedEndpoint(database: Database, viewer: Viewer, id: string): Promise<boolean> {
  return (await countEndpoints(database, { AND: [visibleEndpoints(viewer), { id }] })) > 0
}

export type MessageFilter = Readonly<{
  status?: readonly MessageStatus[] | null | undefined
  type?: readonly string[] | null | undefined
}>

/** What a delivery log is narrowed to. */
export function messagesMatching(filter: MessageFilter): Prisma.WebhookMessageWhereInput {
  const all: Prisma.WebhookMessageWhereInput[] = []
  if (filter.status) all.push({ status: { in: [...filter.status] } })
  if (filter.type) all.push({ type: { in: [...filter.type] } })
  return { AND: all }
}

export async function isListedMessage(database: Database, endpointId: string, id: string): Promise<boolean> {
  return (await database.webhookMessage.count({ where: { id, endpointId } })) > 0
}

type MessageSelection = { include?: Prisma.WebhookMessageInclude; select?: Prisma.WebhookMessageSelect }

/** One message that is known to exist, with what was selected. */
export function messageOf<Query extends MessageSelection>(database: Database, id: string, query: Query) {
  return database.webhookMessage.findUniqueOrThrow({ ...query, where: { id } })
}
