import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Database } from '../../../platform/database/client.ts'
import { endSessionsOf } from './end-sessions-of.ts'

/** Ends all of the viewer's other sessions. Returns how many. */
export async function signOutElsewhere(
  deps: Readonly<{ database: Database; sessions: Sessions }>,
  viewer: PersonViewer,
  origin: Origin,
): Promise<number> {
  const { userId, sessionId } = viewer
  return deps.database.$transaction((tx) =>
    endSessionsOf(tx, deps, { userId, exceptSessionId: sessionId, reason: 'requested', actor: { userId, origin } }),
  )
}
