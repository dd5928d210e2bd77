import type { Events } from '../../platform/events/events.ts'
import type { Log } from '../../platform/logging/log.ts'
import { loginIdOf, type Viewer } from '../access/viewer.ts'

/** One way to come in: the channel that tells of its ends by their ids, and who among many is still in. */
type LoginKind = Readonly<{
  endedOn: string
  /** Those of the ids that still hold, by one statement. */
  aliveAmong(ids: readonly string[]): Promise<ReadonlySet<string>>
}>

/** Follows whether one viewer is still in. */
export type Watch = Readonly<{
  /** What this node knows. Costs nothing, so it is asked for every event of a stream. */
  hasEnded(): boolean
  /** Asks the database, together with whoever asks at the same moment. False when it has ended. */
  confirm(): Promise<boolean>
  stop(): void
}>

/** Knows of every open socket and stream of this node whether its session or token still holds. */
export type RevocationWatcher = Readonly<{
  /** Follows a viewer's session or token; `onEnd` is called once, when it has ended. Confirm it after this, once. */
  watch(viewer: Viewer, onEnd: () => void): Watch
  /** Asks the database about everybody that is watched. Needed wherever notices may have been missed. */
  confirmAll(): Promise<void>
  close(): void
}>

export type RevocationWatcherOptions = Readonly<{
  events: Pick<Events, 'on' | 'onReconnect'>
  log: Pick<Log, 'error'>
  logins: Readonly<Record<Viewer['kind'], LoginKind>>
  /** How often everybody is asked about whose time may have run out, which no notice tells. */
  sweepEveryMs?: number
}>

type Login = {
  readonly kind: Viewer['kind']
  readonly id: string
  hasEnded: boolean
  readonly listeners: Set<() => void>
}

/**
 * A stream that lasts for hours must end within a second of the session or token that it was opened with.
 *
 * Ends are told by notices on the connection that also tells of changes, and PostgreSQL delivers notices in the order of
 * their commits. So when a change is announced here, every end that was committed before it is known here: no question
 * to the database is needed for each event and each subscriber. Where that order does not help (after the
 * connection was lost, in a replay from the log, when a time runs out) the database is asked, once for all who wait.
 */
export function createRevocationWatcher({
  events,
  log,
  logins,
  sweepEveryMs = 10_000,
}: RevocationWatcherOptions): RevocationWatcher {
  const watched = new Map<string, Login>()
  let waiting: { asked: Set<Login>; answered: Promise<void> } | null = null

  function end(login: Login): void {
    if (login.hasEnded) return
    login.hasEnded = true
    watched.delete(keyOf(login))
    for (const listener of [...login.listeners]) listener()
  }

  async function ask(asked: ReadonlySet<Login>): Promise<void> {
    for (const [kind, { aliveAmong }] of Object.entries(logins)) {
      const ofKind = [...asked].filter((login) => login.kind === kind && !login.hasEnded)
      if (ofKind.length === 0) continue
      const alive = await aliveAmong(ofKind.map(({ id }) => id))
      for (const login of ofKind) if (!alive.has(login.id)) end(login)
    }
  }

  /** The question is put a turn of the event loop later, so that many who ask at once make one statement. */
  function confirm(asking: Iterable<Login>): Promise<void> {
    if (waiting === null) {
      const asked = new Set<Login>()
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting = { asked, answered: promise }
      setImmediate(() => {
        waiting = null
        ask(asked).then(resolve, reject)
      })
    }
    for (const login of asking) waiting.asked.add(login)
    return waiting.answered
  }

  const confirmAll = () => confirm(watched.values())
  const sweep = () => {
    if (watched.size === 0) return
    // Tried again at the next turn; what is delivered meanwhile waits for a confirmation of its own.
    confirmAll().catch((err: unknown) => log.error({ err }, 'could not ask whose session has ended'))
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
      // One function may be given twice, by two streams of one session.
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
