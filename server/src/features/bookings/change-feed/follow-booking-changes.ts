import type { Viewer } from '../../../core/access/viewer.ts'
import type { RevocationWatcher, Watch } from '../../../core/sessions/revocation-watcher.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BadUserInputError, ChurchHubError, UnauthenticatedError } from '../../../platform/errors.ts'
import { type EventReader, type EventSource, eventSource } from '../../../platform/events/event-source.ts'
import { reachesBack, readChangesAfter, readHeads } from './changes.reads.ts'
import type { ChangeTail, ChangeTails } from './create-change-tails.ts'
import {
  advance,
  type BookingChangeRow,
  compareToPosition,
  decodeCursor,
  type FeedPosition,
  type FeedScope,
  type FollowedChange,
  feedScopeOf,
  positionAt,
} from './position.model.ts'

/** The number of rows per query. A subscriber buffers no more than this, however far behind it is. */
const batchSize = 100

export type FollowDeps = Readonly<{
  database: Database
  changeTails: ChangeTails
  revocationWatcher: RevocationWatcher
}>

/**
 * Replays the changes after a cursor and continues live, without gaps or duplicates, until it is returned.
 *
 * Missed changes are read from the feed for this subscriber alone. Live changes come from the node's shared tail, as one
 * object for all subscribers at the same position. Both are read from the table and never from the notification, so a lost
 * notification, a slow subscriber and a restarted listener all recover in the same way, without buffering.
 *
 * | state    | `current` | `tailNumber` | source of the next change         | next state                                   |
 * |----------|-----------|--------------|-----------------------------------|----------------------------------------------|
 * | starting | null      | null         | none; waits until the tail is ready | feed; closed if the session ended or the cursor expired |
 * | feed     | set       | null         | the table, in batches             | tail at its end; closed on a gap or an error |
 * | tail     | set       | set          | rows shared by the node's subscribers | feed on a gap, an evicted row or an ended session |
 * | closed   | any       | any          | none                              | none                                         |
 *
 * @param after - the cursor of an earlier change or of `bookingCursor`; null starts now
 * @throws BadUserInputError for an invalid cursor
 * @throws ChurchHubError `CURSOR_EXPIRED` if the feed no longer reaches back to it
 * @throws UnauthenticatedError as soon as the viewer's session or token ends
 */
export function followBookingChanges(
  deps: FollowDeps,
  viewer: Viewer,
  after: string | null,
): EventSource<FollowedChange> {
  const scope = feedScopeOf(viewer)
  const watch = deps.revocationWatcher.watch(viewer, wake)
  const tail = deps.changeTails.subscribe(scope, wake)
  const returned = Promise.withResolvers<void>()
  let isClosed = false
  let current: FeedPosition | null = null
  /** Rows read from the feed but not delivered yet. */
  let rows: BookingChangeRow[] = []
  /** The next row of the tail to look at; null while reading the feed. */
  let tailNumber: number | null = null
  /** The reader that waits for a live change. */
  let waitingReader: EventReader<FollowedChange> | null = null

  function close(): void {
    isClosed = true
    tail.unsubscribe()
    watch.stop()
    returned.resolve()
    const reader = waitingReader
    waitingReader = null
    reader?.end()
  }

  /** The next change of the feed. Null at its end, where the tail takes over, and after this was returned. */
  async function nextOfFeed(): Promise<FollowedChange | null> {
    if (current === null) {
      await Promise.race([tail.ready, returned.promise])
      // The session may have ended after it was checked and before it was watched.
      await watch.confirm()
      current = await startOf(deps, scope, after, tail)
    }
    while (!isClosed) {
      assertSessionActive(watch)
      const row = rows.shift()
      if (row !== undefined) {
        if (compareToPosition(row, current) !== 'next') throw cursorExpired()
        const step = advance(current, row)
        current = step.position
        return step.change
      }
      // Taken before the query: changes committed during it get this number or a higher one in the tail.
      const number = tail.nextNumber()
      rows = tail.isAtEnd(current) ? [] : await readChangesAfter(deps.database, scope, current.changes, batchSize)
      if (rows.length === 0) {
        current = tail.share(current)
        tailNumber = number
        return null
      }
      // Confirmed after the query, so that a session that ended before these changes were committed doesn't see them.
      await watch.confirm()
    }
    return null
  }

  /** The next change of the tail. Null if there is none yet; 'feed' if the tail has no row that continues from here. */
  function nextOfTail(from: FeedPosition, number: number): FollowedChange | null | 'feed' {
    for (let at = number; ; at++) {
      const tailed = tail.rowAt(at)
      tailNumber = at
      if (tailed === 'pending') return null
      if (tailed === 'evicted') return 'feed'
      const step = tailed.stepFrom(from)
      if (step === 'gap') return 'feed'
      if (step === 'seen') continue
      current = step.position
      tailNumber = at + 1
      return step.change
    }
  }

  function readFeed(reader: EventReader<FollowedChange>): void {
    tailNumber = null
    nextOfFeed().then(
      (change) => (change === null ? read(reader) : reader.take(change)),
      (error: unknown) => {
        close()
        reader.fail(error)
      },
    )
  }

  function read(reader: EventReader<FollowedChange>): void {
    if (isClosed) {
      reader.end()
      return
    }
    if (current === null || tailNumber === null) {
      readFeed(reader)
      return
    }
    waitingReader = reader
    wake()
  }

  /** Called when a change may have arrived or the session may have ended. Serves the waiting reader. */
  function wake(): void {
    if (waitingReader === null || current === null || tailNumber === null) return
    const change = watch.hasEnded() ? 'feed' : nextOfTail(current, tailNumber)
    if (change === null) return
    const reader = waitingReader
    waitingReader = null
    if (change === 'feed') readFeed(reader)
    else reader.take(change)
  }

  return eventSource(read, close)
}

async function startOf(
  { database }: FollowDeps,
  scope: FeedScope,
  after: string | null,
  tail: ChangeTail,
): Promise<FeedPosition> {
  if (after === null) return positionAt(await readHeads(database, scope))
  const position = decodeCursor(after)
  if (position === null) throw new BadUserInputError('after', 'Invalid cursor. Omit it to start now.')
  const current = positionAt(position)
  if (!tail.isAtEnd(current) && !(await reachesBack(database, scope, position))) throw cursorExpired()
  return current
}

function cursorExpired(): ChurchHubError {
  return new ChurchHubError(
    'CURSOR_EXPIRED',
    'The change log no longer reaches back to this cursor. Load the bookings again, then subscribe from there.',
  )
}

function assertSessionActive(watch: Watch): void {
  if (watch.hasEnded()) throw hasEnded()
}

function hasEnded(): UnauthenticatedError {
  return new UnauthenticatedError('This session has ended. Sign in again.')
}
