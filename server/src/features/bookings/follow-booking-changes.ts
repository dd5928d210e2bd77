import type { Viewer } from '../../core/access/viewer.ts'
import type { Sessions } from '../../core/sessions/sessions.ts'
import type { Database } from '../../platform/database/client.ts'
import { BadUserInputError, ChurchHubError, UnauthenticatedError } from '../../platform/errors.ts'
import type { Events } from '../../platform/events.ts'
import { type BookingChangeRow, type ChangePosition, decodeCursor, encodeCursor } from './change-cursor.model.ts'
import { reachesBack, readChangesAfter, readHeads } from './changes.reads.ts'
import { type Following, followingOf } from './following.model.ts'

/** Rows read from the log at once. A subscriber holds no more than this in memory, however far behind it is. */
const batchSize = 100

export type FollowDeps = Readonly<{ database: Database; events: Events; sessions: Sessions }>

/** A change and the cursor that continues after it. */
export type FollowedChange = BookingChangeRow & Readonly<{ cursor: string }>

/**
 * Replays the changes after a cursor and goes on live, without a gap and without a double, until it is returned.
 *
 * The log is read, never the notice: a notice only says that there is something to read. So a lost notice, a slow
 * subscriber and a restarted listener all end in the same place, and nothing waits in memory for anybody.
 *
 * @param after - a cursor of an earlier change or of `bookingCursor`; null starts now
 * @throws BadUserInputError when the cursor is none of ours; ChurchHubError `CURSOR_EXPIRED` when the log no longer
 *   reaches back to it; UnauthenticatedError as soon as the viewer's session has ended
 */
export function followBookingChanges(
  deps: FollowDeps,
  viewer: Viewer,
  after: string | null,
): AsyncIterableIterator<FollowedChange> {
  const ended = new AbortController()
  const changes = follow(deps, viewer, after, ended.signal)
  return {
    next: () => changes.next(),
    // A generator that waits can't be returned before it wakes: the signal wakes it.
    return: () => {
      ended.abort()
      return changes.return(undefined)
    },
    throw: (error) => {
      ended.abort()
      return changes.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* follow(
  deps: FollowDeps,
  viewer: Viewer,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<FollowedChange, undefined> {
  const following = followingOf(viewer)
  const bell = createBell(signal)
  const deafen = listen(deps.events, viewer, following, bell.ring)
  try {
    let position = await startOf(deps, following, after)
    while (!signal.aborted) {
      // Taken before the log is read: what is written during the read rings this very bell.
      const rung = bell.next()
      const rows = await readChangesAfter(deps.database, following, position, batchSize)
      for (const row of rows) {
        if (row.number !== (position.get(row.ownerId) ?? 0n) + 1n) throw cursorExpired()
        position = new Map(position).set(row.ownerId, row.number)
        await checkSession(deps, viewer)
        yield { ...row, cursor: encodeCursor(position) }
        if (signal.aborted) return
      }
      if (rows.length > 0) continue
      await rung
      await checkSession(deps, viewer)
    }
  } finally {
    deafen()
  }
}

async function startOf(deps: FollowDeps, following: Following, after: string | null): Promise<ChangePosition> {
  if (after === null) return readHeads(deps.database, following)
  const position = decodeCursor(after)
  if (position === null) throw new BadUserInputError('after', 'This cursor is none of ours. Leave it out to start now.')
  if (!(await reachesBack(deps.database, following, position))) throw cursorExpired()
  return position
}

function cursorExpired(): ChurchHubError {
  return new ChurchHubError(
    'CURSOR_EXPIRED',
    'The log no longer reaches back to this cursor. Load again, then follow from there.',
  )
}

async function checkSession(deps: FollowDeps, viewer: Viewer): Promise<void> {
  if (!(await deps.sessions.isAlive(viewer.sessionId))) throw new UnauthenticatedError('This session has ended.')
}

/** Rings for every change that may concern the follower, for the end of its session, and when notices may have been lost. */
function listen(events: Events, viewer: Viewer, following: Following, ring: () => void): () => void {
  const stops = [
    events.on('booking_changes', (notice) => {
      if ('everybody' in following || notice.includes(following.ownerId)) ring()
    }),
    events.on('session_ended', (sessionId) => {
      if (sessionId === viewer.sessionId) ring()
    }),
    events.onReconnect(ring),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

/** A bell that is heard by whoever waits for the next ring; rings that nobody waits for are kept as one. */
function createBell(signal: AbortSignal) {
  let waiting = Promise.withResolvers<void>()
  const ring = () => {
    waiting.resolve()
    waiting = Promise.withResolvers<void>()
  }
  signal.addEventListener('abort', ring, { once: true })
  return { ring, next: () => (signal.aborted ? Promise.resolve() : waiting.promise) }
}
