import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Database } from '../../../platform/database/client.ts'

type SignOutDeps = Readonly<{ database: Database; sessions: Sessions }>

/** Ends the viewer's session on every node. Idempotent. */
export async function signOut(
  { database, sessions }: SignOutDeps,
  viewer: PersonViewer,
  origin: Origin,
): Promise<void> {
  await database.$transaction(async (tx) => {
    if (!(await sessions.end(tx, viewer.sessionId))) return
    await recordAudit(tx, [
      {
        action: 'session.signed_out',
        resource: 'session',
        resourceId: viewer.sessionId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: {},
      },
    ])
  })
}
