import type { Viewer } from '../../../core/access/viewer.ts'
import type { Prisma } from '../../../platform/database/client.ts'

/** The delivery with that ID, if it is visible to the viewer. Deliveries are visible only to admins. */
export function visibleDelivery(viewer: Viewer, id: string): Prisma.WebhookDeliveryWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, NOT: { id } }
}

export type DeliveryFilter = Readonly<{
  outcome?: readonly string[] | null | undefined
  outcomeType?: readonly string[] | null | undefined
  trigger?: readonly string[] | null | undefined
  triggerType?: readonly string[] | null | undefined
  /** `from <= receivedAt < to`. Either bound can be omitted. */
  receivedAt?: Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }> | null | undefined
}>

/**
 * A list of deliveries, for admins, by time of receipt: its filter, its sort order, and the rows that cursors may point
 * to.
 */
export function deliveryList(filter: DeliveryFilter, direction: 'asc' | 'desc' = 'desc') {
  // The ID breaks ties.
  const orderBy: Prisma.WebhookDeliveryOrderByWithRelationInput[] = [{ receivedAt: direction }, { id: direction }]
  return { where: deliveriesMatching(filter), orderBy, scope: {} }
}

function deliveriesMatching(filter: DeliveryFilter): Prisma.WebhookDeliveryWhereInput {
  const { outcome, outcomeType, trigger, triggerType, receivedAt } = filter
  const { from, to } = receivedAt ?? {}
  return {
    ...(outcome && { outcome: { in: [...outcome] } }),
    ...(trigger && { trigger: { in: [...trigger] } }),
    ...((from || to) && { receivedAt: { ...(from && { gte: from }), ...(to && { lt: to }) } }),
    AND: [
      ...(outcomeType ? [{ outcome: { in: [...outcomeType] } }] : []),
      ...(triggerType ? [{ trigger: { in: [...triggerType] } }] : []),
    ],
  }
}
