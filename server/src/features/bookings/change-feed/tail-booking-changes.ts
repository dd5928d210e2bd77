import type { RevocationWatcher } from '../../../core/sessions/revocation-watcher.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { Events } from '../../../platform/events/events.ts'
import type { Log } from '../../../platform/logging/log.ts'
import type { BookingChangeRow } from './change-cursor.model.ts'
import { readAnnouncedChanges, readHeads } from './changes.reads.ts'
import { type FeedScope, isInFeedScope, notificationOf } from './feed-scope.model.ts'
import { advance, type ChangeStep, compareToPosition, type FeedPosition, positionAt } from './position.model.ts'

/** Rows that are kept for followers who are a little behind. Whoever is further behind reads the log. */
const keptRows = 256
const rowsAtOnce = 100
/** Places that followers may enter at as one. They stand at the end of the log, but for a few that are on their way. */
const keptPlaces = 32
const firstRetryMs = 100
const longestRetryMs = 1_000

export type TailDeps = Readonly<{
  database: Database
  events: Events
  liveness: Pick<RevocationWatcher, 'confirmAll'>
  log: Pick<Log, 'warn'>
}>

/** The live end of one log on this node, read once for all its followers. */
export type ChangeTail = Readonly<{
  /** The number that the next row will have here. A row whose notice was heard since then has this or a greater one. */
  end(): number
  /** The row of that number: `ahead` when it has not come yet, `gone` when it is kept no longer. */
  rowAt(number: number): TailedRow | 'ahead' | 'gone'
  /** The place as one that all share who stand there: what comes next is then one object for all of them. */
  enter(place: FeedPosition): FeedPosition
  /** Whether a place is where the tail itself stands: all that comes after it has a number from `end` on. */
  isAtEnd(place: FeedPosition): boolean
  /** Resolves once notices are heard. Before that, `end` means nothing. */
  listening: Promise<void>
  leave(): void
}>

type TailedRow = Readonly<{
  /** The step over this row, one object for all who stand at one place; or how the row lies to a place that it is not next of. */
  stepFrom(place: FeedPosition): ChangeStep | 'read' | 'beyond'
}>

type OpenTail = Readonly<{ tail: Omit<ChangeTail, 'leave'>; followers: Set<() => void>; close: () => void }>

/** The tails of each node. Their key is the node's listening connection, without which a tail is nothing. */
const tailsOf = new WeakMap<Events, Map<string, OpenTail>>()

/**
 * Joins the live end of a log, which is opened for the first follower and closed behind the last.
 *
 * A row is let out only when its notice has come. Notices come in the order of the commits, so whoever's session was
 * ended before a change was committed is known to have gone when that change is let out. After the connection was
 * lost the tail reads what it has missed, and has every session confirmed before it lets that out.
 *
 * @param wake - called whenever `rowAt` may answer differently
 */
export function tailBookingChanges(deps: TailDeps, following: FeedScope, wake: () => void): ChangeTail {
  const tails = tailsOf.get(deps.events) ?? new Map<string, OpenTail>()
  tailsOf.set(deps.events, tails)
  const key = 'ownerId' in following ? following.ownerId : 'everybody'
  const open = tails.get(key) ?? openTail(deps, following)
  tails.set(key, open)
  open.followers.add(wake)
  return {
    ...open.tail,
    leave: () => {
      open.followers.delete(wake)
      if (open.followers.size > 0 || tails.get(key) !== open) return
      tails.delete(key)
      open.close()
    },
  }
}

function openTail({ database, events, liveness, log }: TailDeps, following: FeedScope): OpenTail {
  const followers = new Set<() => void>()
  const kept: TailedRow[] = []
  const announced = new Map<string, bigint>()
  const places = new Map<string, FeedPosition>()
  const listening = Promise.withResolvers<void>()
  let dropped = 0
  let place: FeedPosition | null = null
  let mayHaveMissed = false
  let isReading = false
  let isClosed = false

  /** The most recently used places are kept: those that followers stand at now. */
  function enter(entered: FeedPosition): FeedPosition {
    const shared = places.get(entered.cursor) ?? entered
    places.delete(entered.cursor)
    places.set(entered.cursor, shared)
    const [oldest] = places.keys()
    if (places.size > keptPlaces && oldest !== undefined) places.delete(oldest)
    return shared
  }

  function letOut(row: BookingChangeRow, from: FeedPosition): FeedPosition {
    // Kept with the row, and so no longer than it: a follower that stands still must not hold what comes after it.
    const steps = new Map<FeedPosition, ChangeStep>()
    const stepOverFrom = (start: FeedPosition): ChangeStep => {
      const step = advance(start, row)
      const shared = { change: step.change, place: enter(step.place) }
      steps.set(start, shared)
      return shared
    }
    kept.push({
      stepFrom: (start) => {
        const known = steps.get(start)
        if (known !== undefined) return known
        const lie = compareToPosition(row, start)
        return lie === 'next' ? stepOverFrom(start) : lie
      },
    })
    if (kept.length > keptRows) dropped += kept.splice(0, kept.length - keptRows).length
    return stepOverFrom(from).place
  }

  const wakeAll = () => {
    for (const wake of [...followers]) wake()
  }

  /** From here nothing leads back to what was let out before: followers read the log themselves, and learn there what is wrong. */
  async function startAnew(): Promise<void> {
    place = enter(positionAt(await readHeads(database, following)))
    announced.clear()
    dropped += kept.length + 1
    kept.length = 0
    wakeAll()
  }

  async function readOn(): Promise<void> {
    const hasMissed = mayHaveMissed
    mayHaveMissed = false
    try {
      if (place === null) return await startAnew()
      if (hasMissed) for (const [owner, number] of await readHeads(database, following)) announce(owner, number)
      if (!isBehind()) return
      const rows = await readAnnouncedChanges(database, place.position, announced, rowsAtOnce)
      if (hasMissed) await liveness.confirmAll()
      // Rows that were announced and are not there have been purged, or the database is an older one, come back.
      if (rows.length === 0) return await startAnew()
      for (const row of rows) {
        if (compareToPosition(row, place) !== 'next') return await startAnew()
        place = letOut(row, place)
      }
      wakeAll()
      // More than one batch, and all of it missed: the next one needs its confirmation, too.
      if (hasMissed && rows.length === rowsAtOnce) mayHaveMissed = true
    } catch (error) {
      if (hasMissed) mayHaveMissed = true
      throw error
    }
  }

  const isBehind = () =>
    mayHaveMissed || [...announced].some(([ownerId, number]) => number > (place?.position.get(ownerId) ?? 0n))

  async function readUntilCaughtUp(): Promise<void> {
    if (isReading) return
    isReading = true
    for (let failures = 0; !isClosed && isBehind(); ) {
      try {
        await readOn()
        failures = 0
        if (place !== null) listening.resolve()
      } catch (err) {
        log.warn({ err }, 'the change log could not be read; trying again')
        const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures++, 10))
        await new Promise((resolve) => setTimeout(resolve, waitMs).unref())
      }
    }
    isReading = false
  }

  function announce(ownerId: string, number: bigint): void {
    if (number > (announced.get(ownerId) ?? 0n)) announced.set(ownerId, number)
  }

  const catchUp = () => {
    mayHaveMissed = true
    void readUntilCaughtUp()
  }
  const stops = [
    events.on('booking_changes', (text) => {
      const notice = notificationOf(text)
      if (notice === null || !isInFeedScope(following, notice.ownerId)) return
      announce(notice.ownerId, notice.number)
      void readUntilCaughtUp()
    }),
    events.onReconnect(catchUp),
  ]
  if (events.isReady()) catchUp()

  return {
    followers,
    tail: {
      listening: listening.promise,
      end: () => dropped + kept.length,
      rowAt: (number) => (number < dropped ? 'gone' : (kept[number - dropped] ?? 'ahead')),
      enter,
      isAtEnd: ({ cursor }) => cursor === place?.cursor,
    },
    close: () => {
      isClosed = true
      for (const stop of stops) stop()
    },
  }
}
