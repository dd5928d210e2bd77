import type { Events } from '../../platform/events/events.ts'
import type { Log } from '../../platform/logging/log.ts'
import { loginIdOf, type Viewer } from '../access/viewer.ts'

/** One kind of login: the channel that announces revoked IDs, and the check of which are still valid. */
type LoginKind = Readonly<{
  endedOn: string
  /** The IDs that are still valid, by one statement. */
  findValid(ids: readonly string[]): Promise<ReadonlySet<string>>
}>

/** Watches whether one viewer's login is still valid. */
export type Watch = Readonly<{
  /** What this node knows. Costs nothing, so it is called for every event of a stream. */
  hasEnded(): boolean
  /** Checks in the database, batched with concurrent calls. False if it has ended. */
  confirm(): Promise<boolean>
  stop(): void
}>

/** Tracks whether the session or token of every open socket and stream of this node is still valid. */
export type RevocationWatcher = Readonly<{
  /** Watches a viewer's session or token; `onEnd` is called once, when it ends. Call `confirm` once afterwards. */
  watch(viewer: Viewer, onEnd: () => void): Watch
  /** Checks every watched login in the database. Required whenever notifications may have been missed. */
  confirmAll(): Promise<void>
  close(): void
}>

export type RevocationWatcherOptions = Readonly<{
  events: Pick<Events, 'on' | 'onReconnect'>
  log: Pick<Log, 'error'>
  logins: Readonly<Record<Viewer['kind'], LoginKind>>
  /** How often expirations, which send no notification, are checked. */
  sweepEveryMs?: number
}>

type Login = {
  readonly kind: Viewer['kind']
  readonly id: string
  hasEnded: boolean
  readonly listeners: Set<() => void>
}

/**
 * A stream that lasts for hours must end within a second of its session or token.
 *
 * Revocations and changes are announced on the same connection, and PostgreSQL delivers notifications in commit order.
 * So when a change arrives, every earlier revocation is already known, and no query is needed per event and subscriber.
 * Where that order doesn't help (after a reconnect, in a replay from the log, on expiry), the database is queried, once
 * for all waiting callers.
 */
export function createRevocationWatcher({
  events,
  log,
  logins,
  sweepEveryMs = 10_000,
}: RevocationWatcherOptions): RevocationWatcher {
  const watched = new Map<string, Login>()
  let waiting: { requested: Set<Login>; answered: Promise<void> } | null = null

  function end(login: Login): void {
    if (login.hasEnded) return
    login.hasEnded = true
    watched.delete(keyOf(login))
    for (const listener of [...login.listeners]) listener()
  }

  async function checkValidity(requested: ReadonlySet<Login>): Promise<void> {
    for (const [kind, { findValid }] of Object.entries(logins)) {
      const ofKind = [...requested].filter((login) => login.kind === kind && !login.hasEnded)
      if (ofKind.length === 0) continue
      const valid = await findValid(ofKind.map(({ id }) => id))
      for (const login of ofKind) if (!valid.has(login.id)) end(login)
    }
  }

  /** Waits one turn of the event loop, so concurrent calls share one statement. */
  function confirm(requests: Iterable<Login>): Promise<void> {
    if (waiting === null) {
      const requested = new Set<Login>()
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting = { requested, answered: promise }
      setImmediate(() => {
        waiting = null
        checkValidity(requested).then(resolve, reject)
      })
    }
    for (const login of requests) waiting.requested.add(login)
    return waiting.answered
  }

  const confirmAll = () => confirm(watched.values())
  const sweep = () => {
    if (watched.size === 0) return
    // Retried at the next interval; events delivered meanwhile wait for a confirmation of their own.
    confirmAll().catch((err: unknown) => log.error({ err }, 'failed to check for ended sessions'))
  }
  const sweeping = setInterval(sweep, sweepEveryMs).unref()
  const stops = [
    events.onReconnect(sweep),
    ...Object.entries(logins).map(([kind, { endedOn }]) =>
      events.on(endedOn, (id) => {
        const login = watched.get(keyOf({ kind, id }))
        if (login !== undefined) end(login)
      }),
    ),
  ]

  return {
    watch(viewer, onEnd) {
      const { kind } = viewer
      const id = loginIdOf(viewer)
      const key = keyOf({ kind, id })
      const login = watched.get(key) ?? { kind, id, hasEnded: false, listeners: new Set<() => void>() }
      watched.set(key, login)
      // Two streams of one session may pass the same function.
      const listener = () => onEnd()
      login.listeners.add(listener)
      return {
        hasEnded: () => login.hasEnded,
        confirm: async () => {
          await confirm([login])
          return !login.hasEnded
        },
        stop: () => {
          login.listeners.delete(listener)
          if (login.listeners.size === 0 && watched.get(key) === login) watched.delete(key)
        },
      }
    },
    confirmAll,
    close() {
      clearInterval(sweeping)
      for (const stop of stops) stop()
    },
  }
}

function keyOf({ kind, id }: { kind: string; id: string }): string {
  return `${kind} ${id}`
}
