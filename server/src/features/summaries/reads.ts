import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

/** The summaries that exist for a viewer: those of one's own bookings, or all for an admin. */
export function visibleSummaries(viewer: Viewer): Prisma.ContextSummaryWhereInput {
  return viewer.role === 'admin' ? {} : { booking: { userId: viewer.userId } }
}

export async function isSummaryOf(database: Database, bookingId: string, id: string): Promise<boolean> {
  return (await database.contextSummary.count({ where: { id, bookingId } })) > 0
}
