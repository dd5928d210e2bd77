import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import { hiddenFromActor, hiddenFromOwner } from './filter.model.ts'
import type { Position } from './position.model.ts'

/**
 * The entries that exist for a viewer: what one did, and what others did to one's bookings, to one's account and to
 * what belongs to it; all of them for an admin.
 * page.reads.ts says the same in SQL.
 */
export function visibleAuditLogs(viewer: Viewer): Prisma.AuditLogWhereInput {
  if (viewer.role === 'admin') return {}
  const { userId } = viewer
  const byOthers = { OR: [{ userId: null }, { userId: { not: userId } }] }
  return {
    OR: [
      { userId, action: { notIn: [...hiddenFromActor] } },
      { booking: { userId }, action: { notIn: [...hiddenFromOwner] }, ...byOthers },
      { resource: 'user', resourceId: userId, bookingId: null, ...byOthers },
      { metadata: { path: ['subjectUserId'], equals: userId }, bookingId: null, ...byOthers },
    ],
  }
}

/** An entry as it is read, with whatever relations were asked for along with it. */
export type AuditLogRow = Prisma.AuditLogGetPayload<object>

/** The entries at these places, in their order. */
export async function readAuditLogs(
  database: Database,
  positions: readonly Position[],
  include: Prisma.AuditLogInclude,
): Promise<AuditLogRow[]> {
  const times = positions.map(({ createdAt }) => createdAt.getTime())
  if (times.length === 0) return []
  const rows: AuditLogRow[] = await database.auditLog.findMany({
    include,
    // The range of times leaves out the partitions that none of them is in.
    where: {
      id: { in: positions.map(({ id }) => id) },
      createdAt: { gte: new Date(Math.min(...times)), lte: new Date(Math.max(...times)) },
    },
  })
  const byId = new Map(rows.map((row) => [row.id, row]))
  return positions.flatMap(({ id }) => byId.get(id) ?? [])
}

/** The id settles equal times. */
export const newestFirst: Prisma.AuditLogOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }]

export async function isEntryOf(database: Database, bookingId: string, id: string): Promise<boolean> {
  return (await database.auditLog.count({ where: { id, bookingId } })) > 0
}
