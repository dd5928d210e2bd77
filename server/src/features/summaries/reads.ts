import type { Viewer } from '../../core/access/viewer.ts'
import type { Prisma } from '../../platform/database/client.ts'

/** The summaries that exist for a viewer: those of one's own bookings, or all for an admin. */
export function visibleSummaries(viewer: Viewer): Prisma.ContextSummaryWhereInput {
  return viewer.role === 'admin' ? {} : { booking: { userId: viewer.userId } }
}
