import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { newId } from '../ids.ts'
import type { Log } from '../logging/log.ts'

type EventHandler = (payload: string) => void

/**
 * Notifications from PostgreSQL's NOTIFY. They are only hints: a consumer that must miss nothing reads a table, and
 * catches up in `onReconnect`.
 */
export type Events = Readonly<{
  /** Calls the handler with each payload of the channel; returns the unsubscribe function. */
  on(channel: string, handler: EventHandler): () => void
  /**
   * Calls the handler whenever notifications may have been missed: the connection, or a channel, is listening (again).
   */
  onReconnect(handler: () => void): () => void
  /** Whether every subscribed channel is listened to. */
  isReady(): boolean
  close(): Promise<void>
}>

export type EventsOptions = Readonly<{
  /** A direct connection: a transaction-mode pooler loses LISTEN. */
  url: string
  log: Pick<Log, 'info' | 'warn' | 'error'>
  applicationName?: string
  /** How often the connection is checked, and how long it may take to answer. */
  heartbeatMs?: number
  heartbeatTimeoutMs?: number
}>

const firstRetryMs = 50
const maxRetryMs = 5_000
const connectTimeoutMs = 10_000
const maxCloseMs = 1_000

/**
 * Listens on one direct connection per node, and reconnects indefinitely. It starts in the background, so a database
 * that isn't up yet delays nothing; `isReady` says when it listens.
 */
export function createEvents(options: EventsOptions): Events {
  const { url, log, heartbeatMs = 10_000, heartbeatTimeoutMs = 5_000 } = options
  const handlers = new Map<string, Set<EventHandler>>()
  const reconnectHandlers = new Set<() => void>()
  const listening = new Set<string>()
  const closing = new AbortController()
  let current: pg.Client | null = null
  /** Whether the current connection has heard its own notification. */
  let isHearing = false
  /** The last query on the connection. The next one waits for it, because the driver will soon stop queuing queries. */
  let pendingQuery: Promise<unknown> = Promise.resolve()

  function query(client: pg.Client, statement: string): Promise<unknown> {
    const answer = pendingQuery.catch(() => undefined).then(() => client.query(statement))
    pendingQuery = answer
    return answer
  }

  async function listenTo(client: pg.Client, channel: string): Promise<void> {
    await query(client, `LISTEN ${pg.escapeIdentifier(channel)}`)
    if (current === client) listening.add(channel)
  }

  function notifyReconnected(): void {
    for (const handler of reconnectHandlers) callSafely(handler)
  }

  /** A handler that throws must not stop the others. */
  function callSafely(call: () => void): void {
    try {
      call()
    } catch (error) {
      log.error({ err: error }, 'a database event handler failed')
    }
  }

  /** One connection from start to end; settles when it is over. */
  async function listenUntilLost(onListening: () => void): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      application_name: options.applicationName ?? 'churchhub-events',
      keepAlive: true,
      keepAliveInitialDelayMillis: heartbeatMs,
      connectionTimeoutMillis: connectTimeoutMs,
    })
    let endNow: (error: Error) => void = () => {}
    const lost = new Promise<never>((_, reject) => {
      endNow = reject
    })
    // The loser of the races below must not become an unhandled rejection.
    lost.catch(() => undefined)
    const stop = () => endNow(new Error('closing'))
    closing.signal.addEventListener('abort', stop)
    client.on('error', endNow)
    client.on('end', () => endNow(new Error('the connection ended')))
    const echo = createEcho()
    client.on('notification', ({ channel, payload }) => {
      if (channel === echo.channel) return echo.heard()
      for (const handler of handlers.get(channel) ?? []) callSafely(() => handler(payload ?? ''))
    })
    let heartbeats: NodeJS.Timeout | undefined
    try {
      await Promise.race([client.connect(), lost])
      // Queries of an earlier connection no longer matter.
      pendingQuery = Promise.resolve()
      current = client
      for (const channel of handlers.keys()) await Promise.race([listenTo(client, channel), lost])
      await Promise.race([query(client, `LISTEN ${echo.channel}`), lost])
      await Promise.race([heartbeat(client, echo), lost])
      isHearing = true
      heartbeats = setInterval(() => heartbeat(client, echo).catch(endNow), heartbeatMs)
      onListening()
      notifyReconnected()
      await lost
    } finally {
      clearInterval(heartbeats)
      closing.signal.removeEventListener('abort', stop)
      current = null
      isHearing = false
      listening.clear()
      // With a query pending, `end` destroys the socket, so a half-open connection doesn't block.
      const ended = client.end().catch(() => undefined)
      if (closing.signal.aborted) await Promise.race([ended, delay(maxCloseMs)])
    }
  }

  /**
   * The connection must hear its own notification. TCP keepalive takes minutes to detect a half-open connection; and a
   * pooler in transaction mode answers queries, but from sessions that don't listen.
   */
  async function heartbeat(client: pg.Client, echo: Echo): Promise<void> {
    const result = new AbortController()
    const answer = Promise.all([echo.next(), query(client, `NOTIFY ${echo.channel}`)])
    answer.catch(() => undefined)
    const silence = delay(heartbeatTimeoutMs, undefined, { signal: result.signal }).then(() => {
      throw new Error(
        'the connection does not hear its own notification: the network is broken, or DATABASE_DIRECT_URL is a pooler in transaction mode',
      )
    })
    silence.catch(() => undefined)
    try {
      await Promise.race([answer, silence])
    } finally {
      result.abort()
    }
  }

  async function listenForEver(): Promise<void> {
    let failures = 0
    while (!closing.signal.aborted) {
      try {
        await listenUntilLost(() => {
          log.info({ afterFailures: failures }, 'listening for database events')
          failures = 0
        })
      } catch (error) {
        if (closing.signal.aborted) return
        const waitMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures, 10))
        failures += 1
        log.warn({ err: error, waitMs }, 'lost the connection that listens for database events; reconnecting')
        // Jitter keeps many nodes from reconnecting to one database in a wave.
        const jitteredMs = waitMs * (0.75 + Math.random() / 2)
        await delay(jitteredMs, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  const finished = listenForEver()

  return {
    on(channel, handler) {
      let channelHandlers = handlers.get(channel)
      if (!channelHandlers) {
        channelHandlers = new Set()
        handlers.set(channel, channelHandlers)
        if (current) {
          // A failure here is a failure of the connection, which listenUntilLost detects and repairs.
          listenTo(current, channel).then(notifyReconnected, () => undefined)
        }
      }
      channelHandlers.add(handler)
      return () => {
        // Keep listening to the channel: LISTEN is free, and an UNLISTEN would race the next `on`.
        handlers.get(channel)?.delete(handler)
      }
    },
    onReconnect(handler) {
      reconnectHandlers.add(handler)
      return () => {
        reconnectHandlers.delete(handler)
      }
    },
    isReady: () => isHearing && [...handlers.keys()].every((channel) => listening.has(channel)),
    async close() {
      closing.abort()
      await finished
    },
  }
}

type Echo = Readonly<{ channel: string; heard(): void; next(): Promise<void> }>

/** A channel on which one connection hears itself. */
function createEcho(): Echo {
  let resolve = () => {}
  return {
    channel: `churchhub_echo_${newId().replaceAll('-', '')}`,
    heard: () => resolve(),
    next: () =>
      new Promise((done) => {
        resolve = done
      }),
  }
}
