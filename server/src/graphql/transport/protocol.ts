import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError } from 'graphql'
import { CloseCode, type Context as Connection, makeServer } from 'graphql-ws'
import type { YogaServerInstance } from 'graphql-yoga'
import type { WebSocket } from 'ws'
import { loginIdOf, type Viewer } from '../../core/access/viewer.ts'
import { ChurchHubError, RateLimitedError, UnauthenticatedError } from '../../platform/errors.ts'
import { isNestedDeeper } from '../../platform/http/nesting.ts'
import type { Context, Deps } from '../auth/context.ts'
import { createErrorMask } from '../errors.ts'
import { type BackpressuredSender, createBackpressuredSender, tryAgainLater } from '../live/backpressured-sender.ts'
import type { OpenStreams } from '../live/event-streams.ts'
import { type LiveResult, withoutHttp } from '../live/live-results.ts'
import { createMessageRate } from '../live/message-rate.ts'
import { createResultWriter } from '../live/result-writer.ts'
import { maxNesting, nestingMessage } from './http.ts'
import type { Identify } from './identify.ts'
import type { PersistedDocuments, RequestedDocument } from './persisted-documents.ts'
import { type PreparedOperation, prepareOperation, type RequestedOperation } from './prepare-operation.ts'
import type { ServerContext } from './yoga.ts'

/** A socket, and its viewer once that is known. */
type Extra = {
  readonly request: IncomingMessage
  readonly socket: WebSocket
  readonly sender: BackpressuredSender
  viewer: Viewer | null
  authorization: string | undefined
  /** Whether the current message exceeds the message rate. */
  isOverRate: boolean
  /** Whether the current message is nested too deeply. */
  isTooDeep: boolean
}

type Socket = Connection<Record<string, unknown>, Extra>

/** The close code of RFC 6455 for policy violations. graphql-ws clients don't reconnect after it. */
const policyViolation = 1008

/**
 * Creates the graphql-transport-ws protocol handler. Its close codes are those of the protocol, as graphql-ws
 * implements it.
 */
export function createProtocol(
  deps: Pick<Deps, 'env' | 'log' | 'newId'>,
  yoga: YogaServerInstance<ServerContext, Context>,
  streams: OpenStreams,
  identify: Identify,
  documents: PersistedDocuments,
): Readonly<{ open(socket: WebSocket, wire: Duplex, request: IncomingMessage): void }> {
  const limits = deps.env.limits.streams
  const maskError = createErrorMask(deps)
  const writeTo = createResultWriter()

  const server = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: limits.initMs,
    onConnect: async ({ connectionParams, extra }) => {
      try {
        const { authorization } = connectionParams ?? {}
        extra.authorization = typeof authorization === 'string' ? authorization : undefined
        const { viewer } = await identify(extra.request, extra.authorization)
        if (viewer === null) return false
        extra.viewer = viewer
        return await register(extra, viewer)
      } catch (err) {
        if (err instanceof UnauthenticatedError) return false
        deps.log.warn({ err }, 'failed to accept a WebSocket')
        extra.socket.close(tryAgainLater, 'Try again shortly')
        return false
      }
    },
    onSubscribe: async (socket, _id, asked) => {
      const refused = refusalFor(socket)
      if (refused !== null) return [maskAsGraphQLError(refused)]
      try {
        return await prepare(socket.extra, asked)
      } catch (error) {
        return [maskAsGraphQLError(error)]
      }
    },
    execute: async (args) => {
      const { enveloped, liveResults: _own, ...operation } = preparedOf(args)
      try {
        return await enveloped.execute(operation)
      } catch (error) {
        return { errors: [maskAsGraphQLError(error)] }
      }
    },
    subscribe: async (args) => {
      const { enveloped, liveResults: _own, ...operation } = preparedOf(args)
      try {
        return await enveloped.subscribe(operation)
      } catch (error) {
        return { errors: [maskAsGraphQLError(error)] }
      }
    },
    onError: (_socket, _id, _payload, errors) => errors.map(withoutHttp),
    onNext: (_socket, _id, _payload, _args, { data, errors, extensions }) => {
      if (errors === undefined) return
      return {
        errors: errors.map(withoutHttp),
        ...(data !== undefined && { data }),
        ...(extensions !== undefined && { extensions }),
      }
    },
    onOperation: ({ extra }, id, _payload, args, result) => {
      const live = preparedOf(args).liveResults()
      if (live === null || !(Symbol.asyncIterator in result)) return undefined
      // Yoga's plugins only wrap live results, and don't replace them.
      return writeTo(extra.sender, id, result as AsyncIterable<LiveResult>, live)
    },
  })

  /**
   * Counts the socket for its user, and closes it as soon as its session or token ends. Returns false if that has
   * already ended.
   */
  async function register({ socket }: Extra, viewer: Viewer): Promise<boolean> {
    const stream = streams.open(viewer, () => socket.close(CloseCode.Forbidden, 'Forbidden'))
    if (stream === null) {
      socket.close(tryAgainLater, `You already have ${limits.perUser} open streams`)
      return false
    }
    socket.once('close', stream.release)
    if (socket.readyState !== socket.OPEN) stream.release()
    return stream.confirm()
  }

  /** The error for a message that exceeds a limit, or null. */
  function refusalFor({ extra, subscriptions }: Socket): ChurchHubError | null {
    if (extra.isOverRate) {
      return new RateLimitedError(1, `This socket sends more than ${limits.messagesPerSecond} messages per second.`)
    }
    if (extra.isTooDeep) return new ChurchHubError('BAD_REQUEST', nestingMessage)
    const underWay = Object.keys(subscriptions).length
    if (underWay <= limits.subscriptionsPerSocket) return null
    return new ChurchHubError(
      'BAD_REQUEST',
      `This socket already has ${limits.subscriptionsPerSocket} active operations. End one, or open another socket.`,
    )
  }

  async function prepare(extra: Extra, asked: RequestedOperation & RequestedDocument) {
    const { viewer, origin } = await identify(extra.request, extra.authorization)
    // The session may have ended since the socket was opened, before the notification arrived here.
    if (viewer === null || extra.viewer === null || loginIdOf(viewer) !== loginIdOf(extra.viewer)) {
      extra.socket.close(CloseCode.Forbidden, 'Forbidden')
      return [new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } })]
    }
    const query = String(documents.textOf(asked, viewer)) // the protocol requires a string
    return prepareOperation(yoga, extra.request, { viewer, origin, setCookie: null }, { ...asked, query })
  }

  function maskAsGraphQLError(error: unknown): GraphQLError {
    const masked = maskError(error)
    return masked instanceof GraphQLError ? masked : new GraphQLError(masked.message)
  }

  return {
    open: (socket, wire, request) => {
      const sender = createBackpressuredSender(socket, wire, limits)
      const rate = createMessageRate(limits.messagesPerSecond)
      const extra: Extra = {
        request,
        socket,
        sender,
        viewer: null,
        authorization: undefined,
        isOverRate: false,
        isTooDeep: false,
      }
      const closed = server.opened(
        {
          protocol: socket.protocol,
          send: (text) => sender.send(text),
          close: (code, reason) => socket.close(code, reason),
          onMessage: (take) => {
            socket.on('message', (bytes) => {
              const count = rate.count()
              if (count === 'flood') return socket.close(policyViolation, 'Too many messages')
              const text = String(bytes)
              extra.isOverRate = count === 'over'
              extra.isTooDeep = isNestedDeeper(text, maxNesting)
              take(withQuery(text)).catch((err: unknown) => {
                deps.log.error({ err }, 'failed to handle a WebSocket message')
                socket.close(CloseCode.InternalServerError, 'Internal server error')
              })
            })
          },
        },
        extra,
      )
      socket.once('close', (code, reason) => {
        closed(code, String(reason)).catch((err: unknown) => deps.log.error({ err }, 'failed to release a WebSocket'))
      })
    },
  }
}

/**
 * The message with an empty `query` if it names its document by a hash only. The protocol, older than persisted
 * documents, would close the socket for it.
 */
function withQuery(text: string): string {
  if (!text.includes('"documentId"') && !text.includes('"persistedQuery"')) return text
  try {
    const message = JSON.parse(text)
    if (message?.type !== 'subscribe' || typeof message.payload !== 'object') return text
    return JSON.stringify({ ...message, payload: { ...message.payload, query: message.payload?.query ?? '' } })
  } catch {
    return text
  }
}

function preparedOf(args: object): PreparedOperation {
  // `prepare` creates the arguments of every operation.
  return args as PreparedOperation
}
