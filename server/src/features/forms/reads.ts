import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

/** The forms that exist for a viewer: one's own, or all for an admin. */
export function visibleForms(viewer: Viewer): Prisma.FormWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** The responses that exist for a viewer: those to one's own bookings, or all for an admin. */
export function visibleFormResponses(viewer: Viewer): Prisma.FormResponseWhereInput {
  return viewer.role === 'admin' ? {} : { booking: { userId: viewer.userId } }
}

export async function isResponseTo(database: Database, bookingId: string, id: string): Promise<boolean> {
  return (await database.formResponse.count({ where: { id, bookingId } })) > 0
}
