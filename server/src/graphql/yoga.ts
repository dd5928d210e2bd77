import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Origin, Viewer } from '../core/access/viewer.ts'
import type { Context, Deps } from './context.ts'
import { createErrorMask } from './errors.ts'
import { documentLimits } from './limits.ts'

/** What a door has found out about a request before GraphQL begins. */
export type Caller = Readonly<{ viewer: Viewer | null; origin: Origin; setCookie: Context['setCookie'] }>

export type ServerContext = { req: IncomingMessage; res: ServerResponse; caller: Caller }

/** The GraphQL engine behind HTTP, SSE and WebSocket: one set of plugins for all three. */
export function createGraphql(deps: Deps, schema: GraphQLSchema) {
  const maskError = createErrorMask(deps)
  return createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    batching: false,
    cors: false,
    multipart: false,
    logging: false,
    maskedErrors: { maskError },
    context: ({ caller }) => contextOf(deps, caller),
    plugins: [documentLimits(), endStreamsWithTheirError(maskError)],
  })
}

/** The context of one operation. */
export function contextOf(deps: Deps, caller: Caller): Context {
  return { deps, viewer: caller.viewer, origin: caller.origin, setCookie: caller.setCookie, memo: new Map() }
}

/**
 * A stream that fails says so in its last result and ends. Thrown further, the error would close the whole socket,
 * and with it every other operation on it.
 */
function endStreamsWithTheirError(maskError: (error: unknown) => Error): Plugin {
  return {
    onSubscribe: () => ({
      onSubscribeResult: ({ result, setResult }) => {
        if (Symbol.asyncIterator in result) setResult(withLastError(result, maskError))
      },
    }),
  }
}

function withLastError<T>(results: AsyncIterable<T>, maskError: (error: unknown) => Error): AsyncIterableIterator<T> {
  const iterator = results[Symbol.asyncIterator]()
  let hasEnded = false
  return {
    next: async () => {
      if (hasEnded) return { done: true, value: undefined }
      try {
        return await iterator.next()
      } catch (error) {
        hasEnded = true
        // An execution result without data is what the specification lets a failed event be.
        return { done: false, value: { errors: [maskError(error)] } as T }
      }
    },
    return: async () => {
      hasEnded = true
      await iterator.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
