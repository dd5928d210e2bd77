import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import sirv from 'sirv'
import { AuthorizationFormatError, InvalidTokenError, TokenUnconfirmedError } from './core/tokens/errors.ts'
import { auditLogDownload } from './features/audit/audit-log.download.ts'
import { calcomWebhook } from './features/bookings/calcom/calcom.webhook.ts'
import type { BookingBatcher } from './features/bookings/write/create-booking-batcher.ts'
import type { Deps } from './graphql/auth/context.ts'
import { retryAfterSeconds } from './graphql/errors.ts'
import { createEventStreams, createOpenStreams } from './graphql/live/event-streams.ts'
import { createPlanner } from './graphql/planner/planner.ts'
import { createFastPath } from './graphql/transport/fast-path.ts'
import { createGraphqlOverHttp } from './graphql/transport/http.ts'
import { comesByToken, createIdentify } from './graphql/transport/identify.ts'
import { createPipeline } from './graphql/transport/pipeline.ts'
import { createGraphqlSockets } from './graphql/transport/websocket.ts'
import { contextOf, createGraphql } from './graphql/transport/yoga.ts'
import { databaseFailureOf } from './platform/database/failure.ts'
import { createDatabaseCheck } from './platform/database/readiness.ts'
import { createClientAddress } from './platform/http/client-address.ts'
import { createCors } from './platform/http/cors.ts'
import { ClientGoneError } from './platform/http/read-body.ts'
import { respondError, respondJson, setSecurityHeaders } from './platform/http/respond.ts'
import { isSameOrigin } from './platform/http/same-origin.ts'
import { serveMetrics } from './platform/http/serve-metrics.ts'
import type { Metrics } from './platform/logging/metrics.ts'
import { schema } from './schema.ts'

/** The dependencies of the HTTP server, in addition to those of the use cases. */
export type AppDeps = Deps &
  Readonly<{
    metrics: Metrics
    /** Applies new bookings from webhooks, several in one transaction. */
    applyInBatch: BookingBatcher
    /** False on a node that only runs jobs: it serves health and metrics only. */
    servesRequests: boolean
    /** The directory of the built client. Null if Vite serves the client in development. */
    clientDirectory: string | null
    /** Whether this node's listener and, if any, its workers are ready. */
    isNodeReady: () => boolean
  }>

export type App = Readonly<{
  server: Server
  /**
   * Reports not ready, and goes on serving for `env.shutdownLeadMs` with `Connection: close`, so that load balancers and
   * clients leave first. Then stops accepting requests, finishes those in progress, and closes the sockets.
   */
  close(): Promise<void>
}>

/** How long to wait for requests in progress. No statement takes longer. */
const maxDrainMs = 30_000

/** The HTTP server: GraphQL over HTTP, SSE and WebSocket, Cal.com's webhook, downloads, health, metrics, the client's files. */
export function createApp(deps: AppDeps): App {
  const addressOf = createClientAddress(deps.env.trustedProxies)
  const identify = createIdentify(deps, addressOf)
  const publicUrl = new URL(deps.env.publicUrl)
  const isSecure = publicUrl.protocol === 'https:'
  const publicOrigins = new Set([publicUrl.origin])
  const cors = createCors(deps.env.allowedOrigins, publicOrigins)
  const { limits } = deps.env
  const pipeline = createPipeline(deps, schema)
  const planner = createPlanner(deps, schema)
  const graphql = createGraphql(deps, schema, pipeline, planner)
  const fastPath = createFastPath({
    pipeline,
    plans: planner.queries,
    contextOf: (caller) => contextOf(deps, pipeline, caller),
  })
  const streams = createOpenStreams(deps.revocationWatcher, limits.streams.perUser)
  const eventStreams = createEventStreams(streams, limits.streams)
  const graphqlOverHttp = createGraphqlOverHttp({
    graphql,
    fastPath,
    identify,
    publicOrigins,
    bodyBytes: limits.bodyBytes,
    eventStreams,
  })
  const webhook = calcomWebhook({ ...deps, addressOf })
  const answerMetrics = serveMetrics(deps.metrics, deps.env.metricsToken)
  const download = auditLogDownload({ ...deps, identify, publicOrigins })
  const files = deps.clientDirectory === null ? null : sirv(deps.clientDirectory, { single: true, etag: true })

  const isDatabaseReady = createDatabaseCheck(deps.database, (isReady, err) => {
    if (isReady) deps.log.info('the database is ready again')
    else deps.log.warn({ err }, 'not ready: the database can not be used, is read-only, full or not migrated')
  })
  let isDraining = false
  const inProgress = new Set<ServerResponse>()

  async function serve(request: IncomingMessage, response: ServerResponse) {
    setSecurityHeaders(response, isSecure)
    request.url = withoutTrailingSlash(request.url)
    // Otherwise clients would reuse a connection that is about to be closed.
    if (isDraining) response.setHeader('connection', 'close')
    switch (pathOf(request)) {
      case '/healthz':
        return respondJson(response, 200, { status: 'alive' })
      case '/readyz': {
        const ready = !isDraining && deps.isNodeReady() && (await isDatabaseReady())
        return respondJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' })
      }
      case '/metrics':
        return answerMetrics(request, response)
    }
    deps.proxyWatch.observe(request)
    if (cors.answer(request, response)) return
    if (!deps.servesRequests)
      return respondError(response, 404, 'NOT_FOUND', 'This node only runs jobs. Send the request to a web node.')
    switch (pathOf(request)) {
      case '/graphql':
        return graphqlOverHttp(request, response)
      case '/webhooks/calcom':
        return webhook(request, response)
      case '/audit-log.csv':
      case '/audit-log.jsonl':
        return download(request, response)
      default:
        if (files === null) return respondError(response, 404, 'NOT_FOUND', 'Not found. Check the address.')
        return files(request, response)
    }
  }

  // Limits for slow clients that hold a connection: the time for the whole header, then for the whole request.
  const timeouts = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(2_000, limits.headersMs),
  }
  const server = createServer(timeouts, (request, response) => {
    inProgress.add(response)
    serve(request, response)
      .catch((err: unknown) => {
        if (response.headersSent || err instanceof ClientGoneError) return response.destroy()
        if (err instanceof AuthorizationFormatError) {
          response.setHeader('www-authenticate', 'Bearer error="invalid_request"')
          return respondError(response, 401, err.code, err.message)
        }
        if (err instanceof InvalidTokenError || err instanceof TokenUnconfirmedError) {
          // RFC 6750 §3.
          response.setHeader('www-authenticate', 'Bearer error="invalid_token"')
          return respondError(response, 401, err.code, err.message)
        }
        if (databaseFailureOf(err) !== null) {
          deps.log.error({ err }, 'the database was unavailable for a request')
          response.setHeader('retry-after', String(retryAfterSeconds))
          return respondError(response, 503, 'UNAVAILABLE', "The database can't be reached. Try again shortly.")
        }
        const errorId = deps.newId()
        deps.log.error({ err, errorId }, 'unexpected error in a request')
        respondError(response, 500, 'INTERNAL', `Internal error. The server log has the details under ID ${errorId}.`)
      })
      .finally(() => inProgress.delete(response))
  })

  const sockets = createGraphqlSockets(deps, graphql, streams, identify, pipeline.documents)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    deps.proxyWatch.observe(request)
    socket.on('error', () => socket.destroy())
    request.url = withoutTrailingSlash(request.url)
    if (!deps.servesRequests || pathOf(request) !== '/graphql') return refuseUpgrade(socket, '404 Not Found')
    // A page of another site sends its token in `connection_init`.
    const mayConnect = cors.admit(request) || comesByToken(request) || isSameOrigin(request, publicOrigins)
    if (!mayConnect) return refuseUpgrade(socket, '403 Forbidden')
    sockets.upgrade(request, socket, head)
  })

  return {
    server,
    close: async () => {
      isDraining = true
      for (const response of inProgress) if (!response.headersSent) response.setHeader('connection', 'close')
      await wait(deps.servesRequests ? deps.env.shutdownLeadMs : 0)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await sockets.close()
      eventStreams.close()
      const closeTimer = setTimeout(() => server.closeAllConnections(), maxDrainMs)
      await closed
      clearTimeout(closeTimer)
    },
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

/** The same URL with the endpoint's path as documented: `/graphql/` is `/graphql`. */
function withoutTrailingSlash(url = '/'): string {
  const path = url.split('?', 1)[0] ?? ''
  let end = path.length
  // A loop, because a regular expression takes quadratic time on a long URL.
  while (end > 1 && path[end - 1] === '/') end -= 1
  return path.slice(0, end) + url.slice(path.length)
}

function refuseUpgrade(socket: Duplex, status: string) {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
