import type { Viewer } from '../../../core/access/viewer.ts'
import type { Database, Prisma } from '../../../platform/database/client.ts'

/** The viewer's own sessions that have not expired. */
export function ownSessions(viewer: Viewer, now: Date): Prisma.SessionWhereInput {
  return { userId: viewer.userId, expiresAt: { gt: now } }
}

/** Lists sessions, newest first. */
export function listSessions<Query extends { include?: Prisma.SessionInclude; select?: Prisma.SessionSelect }>(
  database: Database,
  where: Prisma.SessionWhereInput,
  query: Query,
) {
  return database.session.findMany({ ...query, where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })
}

export function countSessions(database: Database, where: Prisma.SessionWhereInput): Promise<number> {
  return database.session.count({ where })
}

/** Whether the session with this ID is the viewer's. */
export async function hasSession(tx: Pick<Database, 'session'>, viewer: Viewer, sessionId: string): Promise<boolean> {
  return (await tx.session.count({ where: { id: sessionId, userId: viewer.userId } })) > 0
}
