import type { Viewer } from '../../../core/access/viewer.ts'
import type { Database, Prisma } from '../../../platform/database/client.ts'

/** The delivery of that id, where it exists for the viewer: deliveries exist for admins. */
export function visibleDelivery(viewer: Viewer, id: string): Prisma.WebhookDeliveryWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, NOT: { id } }
}

export type DeliveryFilter = Readonly<{
  outcome?: readonly string[] | null | undefined
  trigger?: readonly string[] | null | undefined
  /** `from <= receivedAt < to`; either end may be open. */
  receivedAt?: Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }> | null | undefined
}>

/** Deliveries, in order of their arrival; the id settles equal times. Never selects a body. */
export function listDeliveries<Query extends object>(
  database: Database,
  filter: DeliveryFilter,
  direction: 'asc' | 'desc',
  query: Query,
) {
  return database.webhookDelivery.findMany({
    ...query,
    where: deliveriesMatching(filter),
    orderBy: [{ receivedAt: direction }, { id: direction }],
  })
}

export function countDeliveries(database: Database, filter: DeliveryFilter): Promise<number> {
  return database.webhookDelivery.count({ where: deliveriesMatching(filter) })
}

export async function isDelivery(database: Database, id: string): Promise<boolean> {
  return (await database.webhookDelivery.count({ where: { id } })) > 0
}

function deliveriesMatching({ outcome, trigger, receivedAt }: DeliveryFilter): Prisma.WebhookDeliveryWhereInput {
  const { from, to } = receivedAt ?? {}
  return {
    ...(outcome && { outcome: { in: [...outcome] } }),
    ...(trigger && { trigger: { in: [...trigger] } }),
    ...((from || to) && { receivedAt: { ...(from && { gte: from }), ...(to && { lt: to }) } }),
  }
}
