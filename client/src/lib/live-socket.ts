import { type Client, createClient } from 'graphql-ws'
import { onWake } from './wake.ts'

const pingEveryMs = 10_000
const pongWithinMs = 5_000

/** A graphql-ws client without automatic retries (see below), and a way to observe its connections. */
export type LiveSocket = Readonly<{
  client: Client
  /**
   * Calls `listener` each time the server has acknowledged a connection, and once if it already has: a subscription can
   * share the connection of an earlier one. Returns the unsubscribe function.
   */
  onConnected: (listener: () => void) => () => void
}>

/**
 * The socket for live updates. Its own retries are off: they would repeat the first subscription with its first cursor
 * and so replay known changes. Subscribers resume from their last cursor instead.
 *
 * A connection that died silently (NAT timeout) is detected by a missing pong. When the browser goes offline, or the
 * device has slept, the connection is dropped at once.
 */
export function createLiveSocket(url: string): LiveSocket {
  let pongTimer: ReturnType<typeof setTimeout> | undefined
  let isConnected = false
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
      connected: () => {
        isConnected = true
      },
      closed: () => {
        isConnected = false
        clearTimeout(pongTimer)
      },
    },
  })
  // Lives as long as the page: one socket client is created at start and never disposed.
  window.addEventListener('offline', () => client.terminate())
  onWake(() => client.terminate())
  return {
    client,
    onConnected: (listener) => {
      let isListening = true
      const stop = client.on('connected', listener)
      if (isConnected) queueMicrotask(() => isListening && listener())
      return () => {
        isListening = false
        stop()
      }
    },
  }
}
