import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

/** The event types that exist for a viewer: one's own. */
export function visibleEventTypes(viewer: Viewer): Prisma.EventTypeWhereInput {
  return { userId: viewer.userId }
}

/** More than any pastor has; beyond it a list would only be somebody's flood. */
const mostEventTypes = 500

/** The viewer's own event types, by Cal.com's ids. */
export function listEventTypes<Query extends { include?: Prisma.EventTypeInclude; select?: Prisma.EventTypeSelect }>(
  database: Database,
  viewer: Viewer,
  query: Query,
) {
  return database.eventType.findMany({
    ...query,
    where: visibleEventTypes(viewer),
    orderBy: { eventTypeId: 'asc' },
    take: mostEventTypes,
  })
}

/** An event type that is known to exist, with what was selected. */
export function eventTypeOf<Query extends { include?: Prisma.EventTypeInclude; select?: Prisma.EventTypeSelect }>(
  database: Database,
  id: string,
  query: Query,
) {
  return database.eventType.findUniqueOrThrow({ ...query, where: { id } })
}
