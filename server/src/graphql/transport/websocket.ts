import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols } from 'graphql-ws'
import type { YogaServerInstance } from 'graphql-yoga'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Context, Deps } from '../auth/context.ts'
import type { OpenStreams } from '../live/event-streams.ts'
import type { Identify } from './identify.ts'
import type { PersistedDocuments } from './persisted-documents.ts'
import { createProtocol } from './protocol.ts'
import type { ServerContext } from './yoga.ts'

type SocketDeps = Pick<Deps, 'env' | 'log' | 'newId'>

type GraphqlSockets = Readonly<{
  /** Takes over an upgrade request whose origin has been checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes every socket with 1001 "Going away", so that clients reconnect at once, to another node. */
  close(): Promise<void>
}>

/** The time that a client has to close its side when the node stops. */
const closeTimeoutMs = 2_000

/**
 * Serves graphql-transport-ws with the same engine as HTTP. A socket belongs to one session or token, and is closed
 * with 4403 as soon as that ends.
 */
export function createGraphqlSockets(
  deps: SocketDeps,
  yoga: YogaServerInstance<ServerContext, Context>,
  streams: OpenStreams,
  identify: Identify,
  documents: PersistedDocuments,
): GraphqlSockets {
  const { bodyBytes, streams: limits } = deps.env.limits
  // Compression costs more than it saves on messages of a few hundred bytes, and needs memory per socket.
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: bodyBytes,
    perMessageDeflate: false,
    // A socket with another protocol is accepted without one, then closed with 4406.
    handleProtocols,
  })
  const protocol = createProtocol(deps, yoga, streams, identify, documents)
  const unresponsive = new WeakSet<WebSocket>()

  /**
   * Detects half-open connections, such as after a laptop is shut. TCP takes minutes to notice them, if it does at all.
   */
  const pinging = setInterval(() => {
    for (const socket of server.clients) {
      if (unresponsive.has(socket)) {
        socket.terminate()
        continue
      }
      unresponsive.add(socket)
      socket.ping()
    }
  }, limits.pingIntervalMs).unref()

  return {
    upgrade: (request, duplex, head) => {
      server.handleUpgrade(request, duplex, head, (socket) => {
        socket.on('pong', () => unresponsive.delete(socket))
        // Invalid frames from a broken or hostile client: ws closes the socket with the right code.
        socket.on('error', (err) => deps.log.debug({ err }, 'WebSocket error'))
        protocol.open(socket, duplex, request)
      })
    },
    close: async () => {
      clearInterval(pinging)
      for (const socket of server.clients) socket.close(1001, 'Going away')
      const terminateTimer = setTimeout(() => {
        for (const socket of server.clients) socket.terminate()
      }, closeTimeoutMs)
      await new Promise<void>((resolve) => server.close(() => resolve()))
      clearTimeout(terminateTimer)
    },
  }
}
