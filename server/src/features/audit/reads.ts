import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import { hiddenFromActor, hiddenFromOwner } from './filter.model.ts'
import type { Position } from './position.model.ts'

/**
 * The entries that a viewer may see: their own actions, and what others did to their bookings, account, sessions, tokens and
 * endpoints; all entries for an admin. page.reads.ts implements the same rule in SQL.
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

/** An entry as read, with the requested relations. */
export type AuditLogRow = Prisma.AuditLogGetPayload<object>

/** Reads the entries at the given positions, in that order. */
export async function readAuditLogs(
  database: Database,
  positions: readonly Position[],
  include: Prisma.AuditLogInclude,
): Promise<AuditLogRow[]> {
  const times = positions.map(({ createdAt }) => createdAt.getTime())
  if (times.length === 0) return []
  const rows: AuditLogRow[] = await database.auditLog.findMany({
    include,
    // The time range limits the query to the partitions that contain the positions.
    where: {
      id: { in: positions.map(({ id }) => id) },
      createdAt: { gte: new Date(Math.min(...times)), lte: new Date(Math.max(...times)) },
    },
  })
  const byId = new Map(rows.map((row) => [row.id, row]))
  return positions.flatMap(({ id }) => byId.get(id) ?? [])
}

/** The ID breaks ties. */
export const newestFirst: Prisma.AuditLogOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }]
