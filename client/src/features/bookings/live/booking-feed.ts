import { type Accessor, createSignal, onCleanup } from 'solid-js'
import { retryDelayMs, waitOrWakeUp } from '../../../lib/retry.ts'
import type { IncomingChange } from './booking-store.ts'

/** The state of the live connection. */
export type Connection =
  | Readonly<{ name: 'connecting' }>
  | Readonly<{ name: 'catching-up' }>
  | Readonly<{ name: 'live' }>
  | Readonly<{ name: 'offline'; since: Date }>

/** Why a subscription ended. `lost` is anything that a retry may fix. */
export type FeedEnd = 'lost' | 'cursor-expired' | 'session-ended'

/** Receives a subscription's events. `onEnd` is called once, and last. */
export type FeedListener = Readonly<{
  onConnected: () => void
  onChange: (change: IncomingChange) => void
  onEnd: (end: FeedEnd) => void
}>

/** The feed's dependencies. */
export type FeedPorts = Readonly<{
  /** Loads everything and returns the cursor to resume from; null on failure. */
  load: () => Promise<string | null>
  /** Subscribes after a cursor, once, without retries. Returns a function that unsubscribes; no callbacks follow it. */
  subscribe: (after: string, listener: FeedListener) => () => void
  /** The current end of the change log; null if it can't be queried. */
  endOfLog: () => Promise<string | null>
  onChange: (change: IncomingChange, isCaughtUp: boolean) => void
  /** Checks whether the session is really over. */
  confirmSessionEnded: () => Promise<boolean>
  /**
   * Waits before a retry; the default backs off up to 30 s and wakes early when the network returns or the user does.
   */
  wait?: (attempt: number, signal: AbortSignal) => Promise<void>
}>

/** The feed: its connection state, and a function to retry now. */
export type BookingFeed = Readonly<{ connection: Accessor<Connection>; retryNow: () => void }>

const silenceMs = 3000

/**
 * Loads, then follows the change log until its reactive owner is disposed: after each disconnect it resumes from the
 * last cursor, so no change is missed or repeated. It retries forever, unless the session is over.
 */
export function createBookingFeed(ports: FeedPorts): BookingFeed {
  const [connection, setConnection] = createSignal<Connection>({ name: 'connecting' })
  const disposal = new AbortController()
  onCleanup(() => disposal.abort())
  const { signal } = disposal
  const wait = ports.wait ?? ((attempt, until) => waitOrWakeUp(retryDelayMs(attempt), until))

  // Invariant: `cursor` is the last change passed to `onChange`, or the start of a full load; null if there is nothing
  // to resume from and everything must be loaded.
  let cursor: string | null = null
  let attempt = 0
  let sleep = new AbortController()

  const pause = async () => {
    if (connection().name !== 'offline') setConnection({ name: 'offline', since: new Date() })
    sleep = new AbortController()
    await wait(attempt++, AbortSignal.any([signal, sleep.signal]))
  }

  /** One subscription from start to end. */
  const follow = (from: string) =>
    new Promise<FeedEnd>((resolve) => {
      let target: string | null = null
      let silenceTimer: ReturnType<typeof setTimeout> | undefined
      let isOver = false
      let unsubscribe = () => {}
      const stop = () => {
        unsubscribe()
        finish('lost')
      }
      const finish = (end: FeedEnd) => {
        isOver = true
        clearTimeout(silenceTimer)
        signal.removeEventListener('abort', stop)
        resolve(end)
      }
      const goLive = () => {
        clearTimeout(silenceTimer)
        if (isOver) return
        // Reset here, not on connecting: a server that accepts and fails at once must be retried with backoff.
        attempt = 0
        setConnection({ name: 'live' })
      }
      // An admin, who follows several logs at once, may never learn the exact end, so silence counts as the end too.
      const awaitSilence = () => {
        clearTimeout(silenceTimer)
        silenceTimer = setTimeout(goLive, silenceMs)
      }
      signal.addEventListener('abort', stop)
      unsubscribe = ports.subscribe(from, {
        onConnected: async () => {
          setConnection({ name: 'catching-up' })
          awaitSilence()
          target = await ports.endOfLog()
          if (target !== null && target === cursor) goLive()
        },
        onChange: (change) => {
          const isCaughtUp = connection().name !== 'live'
          cursor = change.cursor
          ports.onChange(change, isCaughtUp)
          if (!isCaughtUp) return
          if (change.cursor === target) goLive()
          else awaitSilence()
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
