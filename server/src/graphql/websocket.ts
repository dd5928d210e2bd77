import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, GraphQLError } from 'graphql'
import { CloseCode } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import type { YogaServerInstance } from 'graphql-yoga'
import { type WebSocket, WebSocketServer } from 'ws'
import { loginIdOf, type Viewer } from '../core/access/viewer.ts'
import type { Context, Deps } from './context.ts'
import { limits } from './limits.ts'
import { withoutValues } from './without-values.ts'
import type { Caller, ServerContext } from './yoga.ts'

/** Milliseconds between the pings that find dead sockets. */
const keepAliveMs = 12_000

type SocketDeps = Pick<Deps, 'events' | 'log' | 'sessions'>

type GraphqlSockets = Readonly<{
  /** Takes over an upgrade request whose origin has been checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes every socket with 1001 "Going away", so that clients come back at once. */
  close(): Promise<void>
}>

/**
 * graphql-ws before the same engine as HTTP. A socket belongs to one session, and is closed with 4403 as soon as that
 * session has ended.
 */
export function createGraphqlSockets(
  deps: SocketDeps,
  yoga: YogaServerInstance<ServerContext, Context>,
  identify: (request: IncomingMessage) => Promise<Omit<Caller, 'setCookie'>>,
): GraphqlSockets {
  // Compression would cost more than it saves on messages of a few hundred bytes, and memory for each socket.
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.bodyBytes, perMessageDeflate: false })
  const sessions = createSessionSockets(deps)

  const graphql = useServer<Record<string, unknown>, { viewer: Viewer }>(
    {
      onConnect: async ({ extra }) => {
        const { viewer } = await identify(extra.request)
        if (viewer === null) return false
        extra.viewer = viewer
        sessions.add(loginIdOf(viewer), extra.socket)
        // It may have ended after it was looked up and before its end would have closed this socket.
        return deps.sessions.isAlive(loginIdOf(viewer))
      },
      onSubscribe: async ({ extra }, _id, params) => {
        const { viewer, origin } = await identify(extra.request)
        // The session may have ended since the socket was opened, before its notice came here.
        if (viewer === null || extra.viewer === undefined || loginIdOf(viewer) !== loginIdOf(extra.viewer)) {
          extra.socket.close(CloseCode.Forbidden, 'Forbidden')
          return [new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } })]
        }
        const caller: Caller = { viewer, origin, setCookie: null }
        return prepare(yoga, extra.request, caller, params)
      },
      execute: (args) => enveloped(args).execute(args),
      subscribe: (args) => enveloped(args).subscribe(args),
    },
    server,
    keepAliveMs,
  )

  return {
    upgrade: (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (webSocket) => server.emit('connection', webSocket, request))
    },
    close: async () => {
      sessions.close()
      await graphql.dispose()
    },
  }
}

type Enveloped = ReturnType<YogaServerInstance<ServerContext, Context>['getEnveloped']>

type PreparedArgs = ExecutionArgs & { enveloped: Enveloped }

function enveloped(args: ExecutionArgs): Enveloped {
  // `prepare` has put the engine of this operation beside its arguments.
  return (args as PreparedArgs).enveloped
}

/** Parses and validates one operation. What is wrong with it is its own error, and never the socket's. */
async function prepare(
  yoga: YogaServerInstance<ServerContext, Context>,
  req: IncomingMessage,
  caller: Caller,
  params: {
    query: string
    operationName?: string | null | undefined
    variables?: Record<string, unknown> | null | undefined
  },
): Promise<PreparedArgs | readonly GraphQLError[]> {
  const engine = yoga.getEnveloped({ req, caller, params } as never) // yoga types the context of HTTP requests only
  try {
    const document = engine.parse(params.query)
    const context = await engine.contextFactory()
    const errors = engine.validate(engine.schema, document)
    if (errors.length > 0) return errors.map((error: GraphQLError) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'))
    return {
      schema: engine.schema,
      document,
      contextValue: context,
      operationName: params.operationName ?? null,
      variableValues: params.variables ?? null,
      enveloped: engine,
    }
  } catch (error) {
    if (error instanceof GraphQLError) return [withCode(error, 'GRAPHQL_PARSE_FAILED')]
    throw error
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(withoutValues(error.message), {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    extensions: { code, ...error.extensions },
  })
}

/** Knows the open sockets of each session and closes them when it ends, on whichever node that happened. */
function createSessionSockets({ events, log, sessions }: SocketDeps) {
  const bySession = new Map<string, Set<WebSocket>>()

  const closeAll = (sessionId: string) => {
    for (const socket of bySession.get(sessionId) ?? []) socket.close(CloseCode.Forbidden, 'Forbidden')
  }
  const recheck = async () => {
    for (const sessionId of bySession.keys()) if (!(await sessions.isAlive(sessionId))) closeAll(sessionId)
  }
  const stops = [
    events.on('session_ended', closeAll),
    // Notices may have been missed while the listener was away.
    events.onReconnect(() => void recheck().catch((err: unknown) => log.error({ err }, 'could not recheck sessions'))),
  ]

  return {
    add: (sessionId: string, socket: WebSocket) => {
      const sockets = bySession.get(sessionId) ?? new Set()
      bySession.set(sessionId, sockets.add(socket))
      socket.once('close', () => {
        sockets.delete(socket)
        if (sockets.size === 0) bySession.delete(sessionId)
      })
    },
    close: () => {
      for (const stop of stops) stop()
    },
  }
}
