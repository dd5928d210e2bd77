import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import sirv from 'sirv'
import { originOf } from './core/access/origin.ts'
import { auditLogDownload } from './features/audit/audit-log.download.ts'
import { calcomWebhook } from './features/bookings/calcom.webhook.ts'
import { isReady } from './features/health/reads.ts'
import type { Deps } from './graphql/context.ts'
import { retryAfterSeconds } from './graphql/errors.ts'
import { limits } from './graphql/limits.ts'
import { createGraphqlSockets } from './graphql/websocket.ts'
import { type Caller, createGraphql } from './graphql/yoga.ts'
import { databaseFailureOf } from './platform/database/failure.ts'
import { createClientAddress } from './platform/http/client-address.ts'
import { readBody } from './platform/http/read-body.ts'
import { respondJson, setSecurityHeaders } from './platform/http/respond.ts'
import { isSameOrigin } from './platform/http/same-origin.ts'
import type { Metrics } from './platform/metrics.ts'
import { schema } from './schema.ts'

/** What an app needs beside what its verbs need. */
export type AppDeps = Deps &
  Readonly<{
    metrics: Metrics
    /** False on a node that only works on jobs: it tells its health and its metrics, and nothing else. */
    servesPeople: boolean
    /** The folder of the built client, or null where the client is served by somebody else (Vite in development). */
    clientDirectory: string | null
    /** Whether this node's own parts are up: its listener and, where it has them, its workers. */
    isNodeReady: () => boolean
  }>

export type App = Readonly<{
  server: Server
  /** Takes no more requests, lets those under way end, and closes the sockets. */
  close(): Promise<void>
}>

/** Against clients that send a byte now and then to hold a connection: the whole head, then the whole request. */
const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 }

/** How long a stop waits for requests under way; the longest statement takes no longer. */
const longestDrainMs = 30_000

/** Every door of the server: GraphQL over HTTP, SSE and WebSocket, Cal.com's webhook, health, metrics, the client's files. */
export function createApp(deps: AppDeps): App {
  const addressOf = createClientAddress(deps.env.trustedProxies)
  const publicUrl = new URL(deps.env.publicUrl)
  const isSecure = publicUrl.protocol === 'https:'
  const publicOrigins = new Set([publicUrl.origin])
  const graphql = createGraphql(deps, schema)
  const webhook = calcomWebhook(deps)
  const download = auditLogDownload({ ...deps, identify, publicOrigins })
  const files = deps.clientDirectory === null ? null : sirv(deps.clientDirectory, { single: true, etag: true })

  async function identify(request: IncomingMessage): Promise<Omit<Caller, 'setCookie'>> {
    const token = deps.sessions.readCookie(request.headers.cookie)
    const origin = originOf(addressOf(request), request.headers['user-agent'])
    return { viewer: token === null ? null : await deps.sessions.validate(token), origin }
  }

  async function serveGraphql(request: IncomingMessage, response: ServerResponse) {
    if (!isSameOrigin(request, publicOrigins)) {
      return respondError(response, 403, 'FORBIDDEN', "Another site's page can't ask in your name.")
    }
    // A link on another site can send a GET with the cookie, and would open a summary in the pastor's name.
    if (request.method === 'GET' && request.headers.cookie && request.headers['sec-fetch-site'] !== 'same-origin') {
      return respondError(response, 403, 'FORBIDDEN', 'Ask by POST: a GET may carry no cookie.')
    }
    if (request.method === 'POST') {
      // A form on another site can post these types, and no other, without asking the browser first.
      if (!/^application\/(graphql\+)?json\b/i.test(request.headers['content-type'] ?? '')) {
        return respondError(response, 415, 'BAD_REQUEST', 'Send the query as application/json.')
      }
      const body = await readBody(request, limits.bodyBytes)
      if (body === null) {
        // What is still on its way is not read: the connection ends with the answer.
        response.setHeader('connection', 'close')
        return respondError(response, 413, 'PAYLOAD_TOO_LARGE', `A request may have ${limits.bodyBytes} bytes.`)
      }
      Object.assign(request, { body: body.toString('utf8') })
    }
    const caller = {
      ...(await identify(request)),
      setCookie: (cookie: string) => response.appendHeader('set-cookie', cookie),
    }
    await graphql(request, response, { req: request, res: response, caller })
  }

  /** Answers that go on for as long as somebody listens: a stop has to end them. */
  const streams = new Set<ServerResponse>()
  const rememberStream = (request: IncomingMessage, response: ServerResponse) => {
    if (!request.headers.accept?.includes('text/event-stream')) return
    streams.add(response)
    response.once('close', () => streams.delete(response))
  }
  let isDraining = false

  async function serve(request: IncomingMessage, response: ServerResponse) {
    setSecurityHeaders(response, isSecure)
    // A client that comes back on this connection would find it closed.
    if (isDraining) response.setHeader('connection', 'close')
    switch (pathOf(request)) {
      case '/healthz':
        return respondJson(response, 200, { status: 'alive' })
      case '/readyz': {
        const ready = !isDraining && deps.isNodeReady() && (await isReady(deps.database))
        return respondJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' })
      }
      case '/metrics':
        response.setHeader('content-type', deps.metrics.contentType)
        return response.end(await deps.metrics.metrics())
    }
    if (!deps.servesPeople) return respondError(response, 404, 'NOT_FOUND', 'This node only works on jobs.')
    switch (pathOf(request)) {
      case '/graphql':
        rememberStream(request, response)
        return serveGraphql(request, response)
      case '/webhooks/calcom':
        return webhook(request, response)
      case '/audit-log.csv':
      case '/audit-log.jsonl':
        return download(request, response)
      default:
        if (files === null) return respondError(response, 404, 'NOT_FOUND', 'There is nothing here.')
        return files(request, response)
    }
  }

  const server = createServer(timeouts, (request, response) => {
    serve(request, response).catch((err: unknown) => {
      if (response.headersSent) return response.destroy()
      if (databaseFailureOf(err) !== null) {
        deps.log.error({ err }, 'the database was not there for a request')
        response.setHeader('retry-after', String(retryAfterSeconds))
        return respondError(response, 503, 'UNAVAILABLE', 'The database is not reachable just now. Try again shortly.')
      }
      const errorId = deps.newId()
      deps.log.error({ err, errorId }, 'unexpected error in a request')
      respondError(response, 500, 'INTERNAL', `Something went wrong. The log has it as ${errorId}.`)
    })
  })

  const sockets = createGraphqlSockets(deps, graphql, identify)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (!deps.servesPeople || pathOf(request) !== '/graphql') return refuseUpgrade(socket, '404 Not Found')
    if (!isSameOrigin(request, publicOrigins)) return refuseUpgrade(socket, '403 Forbidden')
    sockets.upgrade(request, socket, head)
  })

  return {
    server,
    close: async () => {
      isDraining = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await sockets.close()
      for (const stream of streams) stream.destroy()
      const cutOff = setTimeout(() => server.closeAllConnections(), longestDrainMs)
      await closed
      clearTimeout(cutOff)
    },
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

function respondError(response: ServerResponse, status: number, code: string, message: string) {
  respondJson(response, status, { errors: [{ message, extensions: { code } }] })
}

function refuseUpgrade(socket: Duplex, status: string) {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
