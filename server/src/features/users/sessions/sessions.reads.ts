import type { Viewer } from '../../../core/access/viewer.ts'
import type { Database, Prisma } from '../../../platform/database/client.ts'

/** The viewer's own sessions that have not expired, newest first. */
export function sessionList(viewer: Viewer, now: Date) {
  const { userId } = viewer
  const orderBy: Prisma.SessionOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }]
  return { where: { userId, expiresAt: { gt: now } }, orderBy, scope: { userId } }
}

/** Whether the session with this ID is the viewer's. */
export async function hasSession(tx: Pick<Database, 'session'>, viewer: Viewer, sessionId: string): Promise<boolean> {
  return (await tx.session.count({ where: { id: sessionId, userId: viewer.userId } })) > 0
}
