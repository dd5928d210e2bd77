import type { RevocationWatcher } from '../../../core/sessions/revocation-watcher.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { Events } from '../../../platform/events/events.ts'
import type { Log } from '../../../platform/logging/log.ts'
import { readAnnouncedChanges, readHeads } from './changes.reads.ts'
import {
  advance,
  type BookingChangeRow,
  type ChangeStep,
  compareToPosition,
  type FeedPosition,
  type FeedScope,
  isInFeedScope,
  notificationOf,
  positionAt,
} from './position.model.ts'

/** Rows buffered for subscribers that are slightly behind. Others read the feed. */
const maxBufferedRows = 256
const batchSize = 100
/** Positions shared by several subscribers. Nearly all are at the end of the feed. */
const maxSharedPositions = 32
const minRetryMs = 100
const maxRetryMs = 1_000

type TailDeps = Readonly<{
  database: Database
  events: Events
  revocationWatcher: Pick<RevocationWatcher, 'confirmAll'>
  log: Pick<Log, 'warn'>
}>

/** The live end of a feed on this node, read once for all its subscribers. */
export type ChangeTail = Readonly<{
  /** The number that the next row will get here. Rows announced from now on get this number or a higher one. */
  nextNumber(): number
  /** The row with this number: `pending` if it has not arrived yet, `evicted` if it is no longer buffered. */
  rowAt(number: number): TailedRow | 'pending' | 'evicted'
  /** Returns the shared object for a position, so that all subscribers there get the same object next. */
  share(position: FeedPosition): FeedPosition
  /** Whether the tail itself is at this position: all later changes get numbers from `nextNumber` on. */
  isAtEnd(position: FeedPosition): boolean
  /** Resolves once notifications are received. `nextNumber` is meaningless before. */
  ready: Promise<void>
  unsubscribe(): void
}>

type TailedRow = Readonly<{
  /**
   * The step over this row, shared by all subscribers at the position, or how the row relates to the position if it isn't
   * the next one.
   */
  stepFrom(position: FeedPosition): ChangeStep | 'seen' | 'gap'
}>

type OpenTail = Readonly<{ tail: Omit<ChangeTail, 'unsubscribe'>; subscribers: Set<() => void>; close: () => void }>

/** The live ends of this node's feeds. */
export type ChangeTails = Readonly<{
  /**
   * Subscribes to the live end of a feed, which is opened for the first subscriber and closed after the last.
   *
   * @param wake - called whenever `rowAt` may return something else
   */
  subscribe(scope: FeedScope, wake: () => void): ChangeTail
}>

/**
 * Creates the tails of a node, one for each feed that somebody follows.
 *
 * A row is released only when its notification has arrived. Notifications arrive in commit order, so a session that ended
 * before a change was committed is known to have ended when the change is released. After the connection was lost, the tail
 * reads the missed rows and has every session confirmed before it releases them.
 */
export function createChangeTails(deps: TailDeps): ChangeTails {
  const tails = new Map<string, OpenTail>()
  return {
    subscribe: (scope, wake) => {
      const key = 'ownerId' in scope ? scope.ownerId : 'everybody'
      const open = tails.get(key) ?? openTail(deps, scope)
      tails.set(key, open)
      open.subscribers.add(wake)
      return {
        ...open.tail,
        unsubscribe: () => {
          open.subscribers.delete(wake)
          if (open.subscribers.size > 0 || tails.get(key) !== open) return
          tails.delete(key)
          open.close()
        },
      }
    },
  }
}

function openTail({ database, events, revocationWatcher, log }: TailDeps, scope: FeedScope): OpenTail {
  const subscribers = new Set<() => void>()
  const buffer: TailedRow[] = []
  const announced = new Map<string, bigint>()
  const sharedPositions = new Map<string, FeedPosition>()
  const ready = Promise.withResolvers<void>()
  let evictedCount = 0
  let current: FeedPosition | null = null
  let mayHaveGap = false
  let isReading = false
  let isClosed = false

  /** Keeps the most recently used positions, which are those of current subscribers. */
  function share(position: FeedPosition): FeedPosition {
    const shared = sharedPositions.get(position.cursor) ?? position
    sharedPositions.delete(position.cursor)
    sharedPositions.set(position.cursor, shared)
    const [oldest] = sharedPositions.keys()
    if (sharedPositions.size > maxSharedPositions && oldest !== undefined) sharedPositions.delete(oldest)
    return shared
  }

  function release(row: BookingChangeRow, from: FeedPosition): FeedPosition {
    // Stored with the row and released with it, so that a stalled subscriber doesn't retain later rows.
    const steps = new Map<FeedPosition, ChangeStep>()
    const advanceFrom = (start: FeedPosition): ChangeStep => {
      const step = advance(start, row)
      const shared = { change: step.change, position: share(step.position) }
      steps.set(start, shared)
      return shared
    }
    buffer.push({
      stepFrom: (start) => {
        const known = steps.get(start)
        if (known !== undefined) return known
        const relation = compareToPosition(row, start)
        return relation === 'next' ? advanceFrom(start) : relation
      },
    })
    if (buffer.length > maxBufferedRows) evictedCount += buffer.splice(0, buffer.length - maxBufferedRows).length
    return advanceFrom(from).position
  }

  const notifySubscribers = () => {
    for (const wake of [...subscribers]) wake()
  }

  /** Discards the buffer. Subscribers then read the feed themselves and detect there what is wrong. */
  async function reset(): Promise<void> {
    current = share(positionAt(await readHeads(database, scope)))
    announced.clear()
    evictedCount += buffer.length + 1
    buffer.length = 0
    notifySubscribers()
  }

  async function readNext(): Promise<void> {
    const hadGap = mayHaveGap
    mayHaveGap = false
    try {
      if (current === null) return await reset()
      if (hadGap) for (const [owner, number] of await readHeads(database, scope)) announce(owner, number)
      if (!isBehind()) return
      const rows = await readAnnouncedChanges(database, current.changes, announced, batchSize)
      if (hadGap) await revocationWatcher.confirmAll()
      // Announced rows that don't exist were purged, or the database was restored from a backup.
      if (rows.length === 0) return await reset()
      for (const row of rows) {
        if (compareToPosition(row, current) !== 'next') return await reset()
        current = release(row, current)
      }
      notifySubscribers()
      // A full batch of missed rows: the next one needs confirmation too.
      if (hadGap && rows.length === batchSize) mayHaveGap = true
    } catch (error) {
      if (hadGap) mayHaveGap = true
      throw error
    }
  }

  const isBehind = () =>
    mayHaveGap || [...announced].some(([ownerId, number]) => number > (current?.changes.get(ownerId) ?? 0n))

  async function readUntilCaughtUp(): Promise<void> {
    if (isReading) return
    isReading = true
    for (let failures = 0; !isClosed && isBehind(); ) {
      try {
        await readNext()
        failures = 0
        if (current !== null) ready.resolve()
      } catch (err) {
        log.warn({ err }, 'the change log could not be read; trying again')
        const waitMs = Math.min(maxRetryMs, minRetryMs * 2 ** Math.min(failures++, 10))
        await new Promise((resolve) => setTimeout(resolve, waitMs).unref())
      }
    }
    isReading = false
  }

  function announce(ownerId: string, number: bigint): void {
    if (number > (announced.get(ownerId) ?? 0n)) announced.set(ownerId, number)
  }

  const catchUp = () => {
    mayHaveGap = true
    void readUntilCaughtUp()
  }
  const unsubscribers = [
    events.on('booking_changes', (text) => {
      const notification = notificationOf(text)
      if (notification === null || !isInFeedScope(scope, notification.ownerId)) return
      announce(notification.ownerId, notification.number)
      void readUntilCaughtUp()
    }),
    events.onReconnect(catchUp),
  ]
  if (events.isReady()) catchUp()

  return {
    subscribers,
    tail: {
      ready: ready.promise,
      nextNumber: () => evictedCount + buffer.length,
      rowAt: (number) => (number < evictedCount ? 'evicted' : (buffer[number - evictedCount] ?? 'pending')),
      share,
      isAtEnd: ({ cursor }) => cursor === current?.cursor,
    },
    close: () => {
      isClosed = true
      for (const unsubscribe of unsubscribers) unsubscribe()
    },
  }
}
