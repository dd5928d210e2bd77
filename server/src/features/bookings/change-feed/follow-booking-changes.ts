import type { Viewer } from '../../../core/access/viewer.ts'
import type { RevocationWatcher, Watch } from '../../../core/sessions/revocation-watcher.ts'
import { BadUserInputError, ChurchHubError, UnauthenticatedError } from '../../../platform/errors.ts'
import { type EventReader, type EventSource, eventSource } from '../../../platform/events/event-source.ts'
import { type BookingChangeRow, decodeCursor } from './change-cursor.model.ts'
import { reachesBack, readChangesAfter, readHeads } from './changes.reads.ts'
import { type FeedScope, feedScopeOf } from './feed-scope.model.ts'
import { advance, compareToPosition, type FeedPosition, type FollowedChange, positionAt } from './position.model.ts'
import { type ChangeTail, type TailDeps, tailBookingChanges } from './tail-booking-changes.ts'

/** Rows read from the log at once. A subscriber holds no more than this in memory, however far behind it is. */
const batchSize = 100

export type FollowDeps = TailDeps & Readonly<{ liveness: RevocationWatcher }>

/**
 * Replays the changes after a cursor and goes on live, without a gap and without a double, until it is returned.
 *
 * What was missed is read from the log, for this subscriber alone; what is live comes from the node's tail of that log,
 * as one object for all who stand at the same place. The log is read, never the notice: so a lost notice, a slow
 * subscriber and a restarted listener all end in the same place, and nothing waits in memory for anybody.
 *
 * @param after - a cursor of an earlier change or of `bookingCursor`; null starts now
 * @throws BadUserInputError when the cursor is none of ours; ChurchHubError `CURSOR_EXPIRED` when the log no longer
 *   reaches back to it; UnauthenticatedError as soon as the viewer's session or token has ended
 */
export function followBookingChanges(
  deps: FollowDeps,
  viewer: Viewer,
  after: string | null,
): EventSource<FollowedChange> {
  const following = feedScopeOf(viewer)
  const watch = deps.liveness.watch(viewer, wake)
  const tail = tailBookingChanges(deps, following, wake)
  const returned = Promise.withResolvers<void>()
  let isOver = false
  let place: FeedPosition | null = null
  /** What was read of the log and not given yet. */
  let rows: BookingChangeRow[] = []
  /** The number in the tail that is looked at next; null while the log is read. */
  let live: number | null = null
  /** Whoever waits for what is live. */
  let waiting: EventReader<FollowedChange> | null = null

  function end(): void {
    isOver = true
    tail.leave()
    watch.stop()
    returned.resolve()
    const asker = waiting
    waiting = null
    asker?.end()
  }

  /** The next change of the log; null at its end, from where the tail leads on, or when this has been returned. */
  async function nextOfLog(): Promise<FollowedChange | null> {
    if (place === null) {
      await Promise.race([tail.listening, returned.promise])
      // The session may have ended after it was checked and before it was watched.
      await watch.confirm()
      place = await startOf(deps, following, after, tail)
    }
    while (!isOver) {
      checkStillIn(watch)
      const row = rows.shift()
      if (row !== undefined) {
        if (compareToPosition(row, place) !== 'next') throw cursorExpired()
        const step = advance(place, row)
        place = step.place
        return step.change
      }
      // Taken before the log is read: what is committed during the read has this number in the tail, or a greater one.
      const number = tail.end()
      rows = tail.isAtEnd(place) ? [] : await readChangesAfter(deps.database, following, place.position, batchSize)
      if (rows.length === 0) {
        place = tail.enter(place)
        live = number
        return null
      }
      // After the read, so that whoever left before these were committed does not see them.
      await watch.confirm()
    }
    return null
  }

  /** The next change of the tail; null when there is none yet, 'log' when the tail does not lead on from here. */
  function nextOfTail(from: FeedPosition, number: number): FollowedChange | null | 'log' {
    for (let at = number; ; at++) {
      const tailed = tail.rowAt(at)
      live = at
      if (tailed === 'ahead') return null
      if (tailed === 'gone') return 'log'
      const step = tailed.stepFrom(from)
      if (step === 'beyond') return 'log'
      if (step === 'read') continue
      place = step.place
      live = at + 1
      return step.change
    }
  }

  function askLog(asker: EventReader<FollowedChange>): void {
    live = null
    nextOfLog().then(
      (change) => (change === null ? ask(asker) : asker.take(change)),
      (error: unknown) => {
        end()
        asker.fail(error)
      },
    )
  }

  function ask(asker: EventReader<FollowedChange>): void {
    if (isOver) {
      asker.end()
      return
    }
    if (place === null || live === null) {
      askLog(asker)
      return
    }
    waiting = asker
    wake()
  }

  /** Something may have come, or the session may have gone: whoever waits is answered. */
  function wake(): void {
    if (waiting === null || place === null || live === null) return
    const change = watch.hasEnded() ? 'log' : nextOfTail(place, live)
    if (change === null) return
    const asker = waiting
    waiting = null
    if (change === 'log') askLog(asker)
    else asker.take(change)
  }

  return eventSource(ask, end)
}

async function startOf(
  { database }: FollowDeps,
  following: FeedScope,
  after: string | null,
  tail: ChangeTail,
): Promise<FeedPosition> {
  if (after === null) return positionAt(await readHeads(database, following))
  const position = decodeCursor(after)
  if (position === null) throw new BadUserInputError('after', 'Invalid cursor. Omit it to start now.')
  const place = positionAt(position)
  if (!tail.isAtEnd(place) && !(await reachesBack(database, following, position))) throw cursorExpired()
  return place
}

function cursorExpired(): ChurchHubError {
  return new ChurchHubError(
    'CURSOR_EXPIRED',
    'The change log no longer reaches back to this cursor. Load the bookings again, then subscribe from there.',
  )
}

function checkStillIn(watch: Watch): void {
  if (watch.hasEnded()) throw hasEnded()
}

function hasEnded(): UnauthenticatedError {
  return new UnauthenticatedError('This session has ended. Sign in again.')
}
