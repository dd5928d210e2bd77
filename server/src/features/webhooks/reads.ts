import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import type { MessageStatus } from './model.ts'

/** The endpoints that a viewer may read: their own, or all for an admin. */
function visibleEndpoints(viewer: Viewer): Prisma.WebhookEndpointWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** Matches the endpoint with this ID if the viewer may read it. */
export function visibleEndpoint(viewer: Viewer, id: string): Prisma.WebhookEndpointWhereUniqueInput {
  return { id, AND: visibleEndpoints(viewer) }
}

/** Matches the message with this ID if the viewer may read its endpoint. */
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

/** Lists endpoints, oldest first. */
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

/** Reads an endpoint that is known to exist, with the selected fields. */
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

/** Reads a message that is known to exist, with the selected fields. */
export function messageOf<Query extends MessageSelection>(database: Database, id: string, query: Query) {
  return database.webhookMessage.findUniqueOrThrow({ ...query, where: { id } })
}
