import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import type { AuditLogFilter } from './filter.model.ts'

/** The entries that exist for a viewer: what one did, and what happened to one's bookings; all of them for an admin. */
export function visibleAuditLogs(viewer: Viewer): Prisma.AuditLogWhereInput {
  if (viewer.role === 'admin') return {}
  return { OR: [{ userId: viewer.userId }, { booking: { userId: viewer.userId } }] }
}

export function auditLogsMatching(viewer: Viewer, filter: AuditLogFilter): Prisma.AuditLogWhereInput {
  const all: Prisma.AuditLogWhereInput[] = [visibleAuditLogs(viewer)]
  const { from, to } = filter.createdAt ?? {}
  if (filter.action) all.push({ action: { in: [...filter.action] } })
  if (filter.userId) all.push({ userId: filter.userId })
  if (filter.bookingId) all.push({ bookingId: filter.bookingId })
  if (from) all.push({ createdAt: { gte: from } })
  if (to) all.push({ createdAt: { lt: to } })
  return { AND: all }
}

/** Audit entries, newest first. */
export function listAuditLogs<Query extends { include?: Prisma.AuditLogInclude; select?: Prisma.AuditLogSelect }>(
  database: Database,
  where: Prisma.AuditLogWhereInput,
  query: Query,
) {
  return database.auditLog.findMany({ ...query, where, orderBy: newestFirst })
}

export function countAuditLogs(database: Database, where: Prisma.AuditLogWhereInput): Promise<number> {
  return database.auditLog.count({ where })
}

/** The id settles equal times. */
export const newestFirst: Prisma.AuditLogOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }]
