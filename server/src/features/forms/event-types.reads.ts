import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

/** The event types that a viewer may read: their own. */
export function visibleEventTypes(viewer: Viewer): Prisma.EventTypeWhereInput {
  return { userId: viewer.userId }
}

/** A bound against flooding. No pastor has this many. */
const maxEventTypes = 500

/** Lists the viewer's own event types, by Cal.com's ID. */
export function listEventTypes<Query extends { include?: Prisma.EventTypeInclude; select?: Prisma.EventTypeSelect }>(
  database: Database,
  viewer: Viewer,
  query: Query,
) {
  return database.eventType.findMany({
    ...query,
    where: visibleEventTypes(viewer),
    orderBy: { eventTypeId: 'asc' },
    take: maxEventTypes,
  })
}

/** Reads an event type that is known to exist, with the selected fields. */
export function eventTypeOf<Query extends { include?: Prisma.EventTypeInclude; select?: Prisma.EventTypeSelect }>(
  database: Database,
  id: string,
  query: Query,
) {
  return database.eventType.findUniqueOrThrow({ ...query, where: { id } })
}
