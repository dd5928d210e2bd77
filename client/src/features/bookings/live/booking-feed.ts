import { type Accessor, createSignal, onCleanup } from 'solid-js'
import { retryDelayMs, waitOrWakeUp } from '../../../lib/retry.ts'
import type { IncomingChange } from './booking-store.ts'

/** What the pastor is told of the live connection. */
export type Connection =
  | Readonly<{ name: 'connecting' }>
  | Readonly<{ name: 'catching-up' }>
  | Readonly<{ name: 'live' }>
  | Readonly<{ name: 'offline'; since: Date }>

/** Why a subscription ended. `lost` is anything that trying again can heal. */
export type FeedEnd = 'lost' | 'cursor-expired' | 'session-ended'

/** What a subscription tells. `onEnd` comes once, and nothing comes after it. */
export type FeedListener = Readonly<{
  onConnected: () => void
  onChange: (change: IncomingChange) => void
  onEnd: (end: FeedEnd) => void
}>

/** What the feed needs from outside. */
export type FeedPorts = Readonly<{
  /** Loads everything anew and returns the cursor to go on from; null when it failed. */
  load: () => Promise<string | null>
  /** Subscribes after a cursor, once, without retries of its own. Returns the way to stop; after it nothing is told. */
  subscribe: (after: string, listener: FeedListener) => () => void
  /** The end of the change log now; null when it can't be asked. */
  endOfLog: () => Promise<string | null>
  onChange: (change: IncomingChange, isCaughtUp: boolean) => void
  /** Asks whether the session is really over: true when it is. */
  confirmSessionEnded: () => Promise<boolean>
  /** Waits before a retry; the default backs off up to 30 s and wakes early when the network or the person is back. */
  wait?: (attempt: number, signal: AbortSignal) => Promise<void>
}>

/** The feed: how it is connected, and a way to try at once instead of at the next turn. */
export type BookingFeed = Readonly<{ connection: Accessor<Connection>; retryNow: () => void }>

const quietForMs = 3000

/**
 * Loads, then follows the change log for as long as its reactive owner lives: after each loss it goes on from the last
 * cursor it saw, so that no change is missed and none is told twice. It never gives up, except when the session is over.
 */
export function createBookingFeed(ports: FeedPorts): BookingFeed {
  const [connection, setConnection] = createSignal<Connection>({ name: 'connecting' })
  const disposal = new AbortController()
  onCleanup(() => disposal.abort())
  const { signal } = disposal
  const wait = ports.wait ?? ((attempt, until) => waitOrWakeUp(retryDelayMs(attempt), until))

  // Invariant: `cursor` is the last change that `onChange` was given, or where a load of everything began;
  // null when there is nothing to go on from and everything must be loaded.
  let cursor: string | null = null
  let attempt = 0
  let sleep = new AbortController()

  const pause = async () => {
    if (connection().name !== 'offline') setConnection({ name: 'offline', since: new Date() })
    sleep = new AbortController()
    await wait(attempt++, AbortSignal.any([signal, sleep.signal]))
  }

  /** One subscription from its start to its end. */
  const follow = (from: string) =>
    new Promise<FeedEnd>((resolve) => {
      let target: string | null = null
      let quietTimer: ReturnType<typeof setTimeout> | undefined
      let isOver = false
      let unsubscribe = () => {}
      const stop = () => {
        unsubscribe()
        finish('lost')
      }
      const finish = (end: FeedEnd) => {
        isOver = true
        clearTimeout(quietTimer)
        signal.removeEventListener('abort', stop)
        resolve(end)
      }
      const goLive = () => {
        clearTimeout(quietTimer)
        if (isOver) return
        // Only here, not on connecting: a server that accepts and fails at once must be met with growing patience.
        attempt = 0
        setConnection({ name: 'live' })
      }
      // Who follows several logs at once (an admin) may never be told the exact end: silence counts as the end, too.
      const awaitQuiet = () => {
        clearTimeout(quietTimer)
        quietTimer = setTimeout(goLive, quietForMs)
      }
      signal.addEventListener('abort', stop)
      unsubscribe = ports.subscribe(from, {
        onConnected: async () => {
          setConnection({ name: 'catching-up' })
          awaitQuiet()
          target = await ports.endOfLog()
          if (target !== null && target === cursor) goLive()
        },
        onChange: (change) => {
          const isCaughtUp = connection().name !== 'live'
          cursor = change.cursor
          ports.onChange(change, isCaughtUp)
          if (!isCaughtUp) return
          if (change.cursor === target) goLive()
          else awaitQuiet()
        },
        onEnd: finish,
      })
    })

  const run = async () => {
    while (!signal.aborted) {
      cursor ??= await ports.load()
      if (signal.aborted) return
      const end = cursor === null ? 'lost' : await follow(cursor)
      if (signal.aborted) return
      if (end === 'session-ended' && (await ports.confirmSessionEnded())) return
      if (end === 'cursor-expired') {
        cursor = null
        setConnection({ name: 'catching-up' })
      } else {
        await pause()
      }
    }
  }
  void run()

  return { connection, retryNow: () => sleep.abort() }
}
