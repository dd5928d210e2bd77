import { type Client, createClient } from 'graphql-ws'
import { onWake } from './wake.ts'

const pingEveryMs = 10_000
const pongWithinMs = 5_000

/** A graphql-ws client that never retries by itself (see below) and a way to hear that its socket is up. */
export type LiveSocket = Readonly<{
  client: Client
  /** Calls `listener` each time the server has acknowledged a connection. Returns the way to stop. */
  onConnected: (listener: () => void) => () => void
}>

/**
 * The socket behind live updates. Its own retries are off: they repeat the first subscription as it was, with the first
 * cursor, and so would replay what was already seen. Whoever subscribes resumes with the last cursor instead.
 *
 * A connection that died without a word (a router that forgot) is found by its missing pong. One that the browser knows to
 * be gone, or that was there before the device slept, is dropped at once.
 */
export function createLiveSocket(url: string): LiveSocket {
  let pongTimer: ReturnType<typeof setTimeout> | undefined
  const client = createClient({
    url,
    lazy: true,
    retryAttempts: 0,
    keepAlive: pingEveryMs,
    connectionAckWaitTimeout: pingEveryMs,
    on: {
      ping: (isReceived) => {
        if (!isReceived) pongTimer = setTimeout(() => client.terminate(), pongWithinMs)
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(pongTimer)
      },
      closed: () => clearTimeout(pongTimer),
    },
  })
  // Lives as long as the page: one socket client is made at start and never thrown away.
  window.addEventListener('offline', () => client.terminate())
  onWake(() => client.terminate())
  return { client, onConnected: (listener) => client.on('connected', listener) }
}
