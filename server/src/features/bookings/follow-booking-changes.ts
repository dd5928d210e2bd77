import type { Liveness, Watch } from '../../core/access/liveness.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import { BadUserInputError, ChurchHubError, UnauthenticatedError } from '../../platform/errors.ts'
import { decodeCursor } from './change-cursor.model.ts'
import { type ChangePlace, type FollowedChange, lieOf, placeAt, stepOver } from './change-place.model.ts'
import { reachesBack, readChangesAfter, readHeads } from './changes.reads.ts'
import { type Following, followingOf } from './following.model.ts'
import { type ChangeTail, type TailDeps, tailBookingChanges } from './tail-booking-changes.ts'

/** Rows read from the log at once. A subscriber holds no more than this in memory, however far behind it is. */
const batchSize = 100

export type FollowDeps = TailDeps & Readonly<{ liveness: Liveness }>

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
  const watch = deps.liveness.watch(viewer, bell.ring)
  const tail = tailBookingChanges(deps, following, bell.ring)
  try {
    await Promise.race([tail.listening, bell.aborted])
    let place = await startOf(deps, following, after, tail)
    while (!signal.aborted) {
      // Taken before the log is read: what is committed during the read has this number in the tail, or a greater one.
      let number = tail.end()
      if (!tail.isAtEnd(place)) {
        const rows = await readChangesAfter(deps.database, following, place.position, batchSize)
        // After the read, so that whoever left before these were committed does not see them.
        if (rows.length > 0 && !(await watch.confirm())) throw hasEnded()
        for (const row of rows) {
          if (lieOf(row, place) !== 'next') throw cursorExpired()
          const step = stepOver(place, row)
          place = step.place
          yield step.change
          if (signal.aborted) return
          checkStillIn(watch)
        }
        if (rows.length > 0) continue
      }
      place = tail.enter(place)
      for (;;) {
        const rung = bell.next()
        checkStillIn(watch)
        const tailed = tail.rowAt(number)
        if (tailed === 'gone') break
        if (tailed === 'ahead') {
          await rung
          if (signal.aborted) return
          continue
        }
        number += 1
        const lie = lieOf(tailed.row, place)
        if (lie === 'read') continue
        if (lie === 'beyond') break
        const step = tailed.stepFrom(place)
        place = step.place
        yield step.change
        if (signal.aborted) return
      }
    }
  } finally {
    tail.leave()
    watch.stop()
  }
}

async function startOf(
  { database }: FollowDeps,
  following: Following,
  after: string | null,
  tail: ChangeTail,
): Promise<ChangePlace> {
  if (after === null) return placeAt(await readHeads(database, following))
  const position = decodeCursor(after)
  if (position === null) throw new BadUserInputError('after', 'This cursor is none of ours. Leave it out to start now.')
  const place = placeAt(position)
  if (!tail.isAtEnd(place) && !(await reachesBack(database, following, position))) throw cursorExpired()
  return place
}

function cursorExpired(): ChurchHubError {
  return new ChurchHubError(
    'CURSOR_EXPIRED',
    'The log no longer reaches back to this cursor. Load again, then follow from there.',
  )
}

function checkStillIn(watch: Watch): void {
  if (watch.hasEnded()) throw hasEnded()
}

function hasEnded(): UnauthenticatedError {
  return new UnauthenticatedError('This session has ended.')
}

/** A bell that is heard by whoever waits for the next ring; rings that nobody waits for are kept as one. */
function createBell(signal: AbortSignal) {
  const aborted = Promise.withResolvers<void>()
  let waiting: PromiseWithResolvers<void> | null = null
  const ring = () => {
    waiting?.resolve()
    waiting = null
  }
  signal.addEventListener(
    'abort',
    () => {
      ring()
      aborted.resolve()
    },
    { once: true },
  )
  return {
    ring,
    aborted: aborted.promise,
    next: () => {
      if (signal.aborted) return aborted.promise
      waiting ??= Promise.withResolvers<void>()
      return waiting.promise
    },
  }
}
