import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Database } from '../../../platform/database/client.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { hasSession } from './sessions.reads.ts'

type RevokeDeps = Readonly<{ database: Database; sessions: Sessions }>

/** Ends one of the viewer's sessions on every node. Throws NotFoundError if they have no session with this ID. */
export async function revokeSession(
  { database, sessions }: RevokeDeps,
  viewer: PersonViewer,
  origin: Origin,
  sessionId: string,
): Promise<void> {
  await database.$transaction(async (tx) => {
    if (!(await hasSession(tx, viewer, sessionId))) throw new NotFoundError()
    if (!(await sessions.end(tx, sessionId))) throw new NotFoundError()
    await recordAudit(tx, [
      {
        action: 'session.revoked',
        resource: 'session',
        resourceId: sessionId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { reason: 'requested' },
      },
    ])
  })
}
