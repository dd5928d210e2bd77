import type { IncomingMessage } from 'node:http'
import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql'
import type { YogaServerInstance } from 'graphql-yoga'
import type { Context } from '../auth/context.ts'
import { noSuchOperation } from '../errors.ts'
import { withoutValues } from '../limits/without-values.ts'
import type { LiveResults } from '../live/live-results.ts'
import type { Caller, ServerContext } from './yoga.ts'

type Yoga = YogaServerInstance<ServerContext, Context>

type Enveloped = ReturnType<Yoga['getEnveloped']>

/** A valid operation, with the engine that its plugins are part of. */
export type PreparedOperation = ExecutionArgs &
  Readonly<{
    enveloped: Enveloped
    contextValue: Context
    /** The results of a running subscription, as they are produced. Null before it starts, and for other operations. */
    liveResults: () => LiveResults | null
  }>

/** An operation requested over a WebSocket. */
export type RequestedOperation = Readonly<{
  query: string
  operationName?: string | null | undefined
  variables?: Record<string, unknown> | null | undefined
}>

/** Parses and validates an operation. Its errors are returned, so that they end the operation and not the socket. */
export async function prepareOperation(
  yoga: Yoga,
  req: IncomingMessage,
  caller: Caller,
  params: RequestedOperation,
): Promise<PreparedOperation | readonly GraphQLError[]> {
  let live: LiveResults | null = null
  const onLiveResults = (results: LiveResults) => {
    live = results
  }
  const context = { req, caller, params, charge: null, onLiveResults }
  const engine = yoga.getEnveloped(context as never) // Yoga's types only cover the context of HTTP requests
  try {
    const document = engine.parse(params.query)
    const contextValue = await engine.contextFactory()
    const errors = engine.validate(engine.schema, document)
    if (errors.length > 0) return errors.map((error: GraphQLError) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'))
    const operationName = params.operationName ?? null
    if (!getOperationAST(document, operationName)) {
      const { message, code } = noSuchOperation()
      return [new GraphQLError(message, { extensions: { code } })]
    }
    const variableValues = params.variables ?? null
    const operation = { schema: engine.schema, document, contextValue, operationName, variableValues }
    return { ...operation, enveloped: engine, liveResults: () => live }
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
