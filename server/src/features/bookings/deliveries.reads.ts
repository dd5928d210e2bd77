import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

/** The delivery of that id, where it exists for the viewer: deliveries exist for admins. */
export function visibleDelivery(viewer: Viewer, id: string): Prisma.WebhookDeliveryWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, NOT: { id } }
}

export type DeliveryFilter = Readonly<{ outcome?: readonly string[] | null | undefined }>

/** Deliveries, newest first. Never selects a body. */
export function listDeliveries<Query extends object>(database: Database, filter: DeliveryFilter, query: Query) {
  return database.webhookDelivery.findMany({
    ...query,
    where: deliveriesMatching(filter),
    orderBy: [{ receivedAt: 'desc' }, { id: 'desc' }],
  })
}

export function countDeliveries(database: Database, filter: DeliveryFilter): Promise<number> {
  return database.webhookDelivery.count({ where: deliveriesMatching(filter) })
}

function deliveriesMatching(filter: DeliveryFilter): Prisma.WebhookDeliveryWhereInput {
  return filter.outcome ? { outcome: { in: [...filter.outcome] } } : {}
}
