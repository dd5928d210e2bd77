import type { Viewer } from '../../core/access/viewer.ts'
import type { Database } from '../../platform/database/client.ts'

/** The latest changes that a viewer may see, newest first. */
export function readLatestChanges(database: Database, viewer: Viewer, limit: number) {
  return viewer.role === 'admin'
    ? database.bookingChange.findMany({ orderBy: { createdAt: 'desc' }, take: limit })
    : database.bookingChange.findMany({
        where: { ownerId: viewer.userId },
        orderBy: { number: 'desc' },
        take: limit,
      })
}
