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

/** A list of endpoints in the order in which they were created: its filter, its sort order, and the rows that cursors may point to. */
export function endpointList(viewer: Viewer, filter: EndpointFilter) {
  const all: Prisma.WebhookEndpointWhereInput[] = [visibleEndpoints(viewer)]
  if (filter.isActive != null) all.push({ isActive: filter.isActive })
  if (filter.ownerId) all.push({ userId: filter.ownerId })
  const orderBy: Prisma.WebhookEndpointOrderByWithRelationInput[] = [{ createdAt: 'asc' }, { id: 'asc' }]
  return { where: { AND: all }, orderBy, scope: visibleEndpoints(viewer) }
}

type EndpointSelection = { include?: Prisma.WebhookEndpointInclude; select?: Prisma.WebhookEndpointSelect }

/** Reads an endpoint that is known to exist, with the selected fields. */
export function endpointOf<Query extends EndpointSelection>(database: Database, id: string, query: Query) {
  return database.webhookEndpoint.findUniqueOrThrow({ ...query, where: { id } })
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

type MessageSelection = { include?: Prisma.WebhookMessageInclude; select?: Prisma.WebhookMessageSelect }

/** Reads a message that is known to exist, with the selected fields. */
export function messageOf<Query extends MessageSelection>(database: Database, id: string, query: Query) {
  return database.webhookMessage.findUniqueOrThrow({ ...query, where: { id } })
}
