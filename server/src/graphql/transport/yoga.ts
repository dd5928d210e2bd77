import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { createPeopleNotes } from '../../core/audit/read/people-read.ts'
import { clearAuthCacheAfterMutations } from '../auth/clear-auth-cache.ts'
import type { Context, Deps } from '../auth/context.ts'
import { recordAnswers } from '../auth/record-answer.ts'
import { recordUsedFields } from '../auth/used-fields.ts'
import { createErrorMask } from '../errors.ts'
import { operationChecks } from '../limits/operation-checks.ts'
import { countOperations, withMetrics } from '../limits/operation-metrics.ts'
import { type AnswerCost, chargeOperations } from '../limits/rate-limit.ts'
import { liveSubscriptions } from '../live/live-plugin.ts'
import { createLiveSubscribe, type LiveResults } from '../live/live-results.ts'
import { createSharingKeys } from '../live/sharing-key.ts'
import type { Planner } from '../planner/planner.ts'
import { persistedDocuments } from './persisted-documents.ts'
import type { Pipeline } from './pipeline.ts'
import { plannedOperations } from './planned-operations-plugin.ts'

/** The caller of a request, as identified by the transport. */
export type Caller = Readonly<{ viewer: Viewer | null; origin: Origin; setCookie: Context['setCookie'] }>

/** What a transport passes to Yoga with an operation. */
export type ServerContext = Readonly<{
  req: IncomingMessage
  res: ServerResponse
  caller: Caller
  /** What the fast path has charged for the operation. If null, Yoga's plugins charge it. */
  charge: AnswerCost | null
  /** Receives the results of a subscription as they are produced, for a transport that writes them itself. */
  onLiveResults?: (results: LiveResults) => void
}>

/** Creates the GraphQL engine for HTTP, SSE and WebSocket, with the same plugins for all three. */
export function createGraphql(deps: Deps, schema: GraphQLSchema, pipeline: Pipeline, planner: Planner) {
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
    // `limits/check-operation.ts` caches documents.
    parserAndValidationCache: false,
    context: ({ caller }) => contextOf(deps, pipeline, caller),
    plugins: [
      persistedDocuments(pipeline.documents),
      countOperations(pipeline.metrics),
      operationChecks(withMetrics(pipeline.operations, pipeline.metrics)),
      chargeOperations(pipeline.rateLimit),
      recordUsedFields(pipeline.noteUsedFields),
      plannedOperations(planner.queries),
      // Wraps the execution, planned or not.
      recordAnswers(),
      clearAuthCacheAfterMutations(deps.clearCaches),
      explainNotAcceptable,
      liveSubscriptions(createLiveSubscribe(maskError, planner.subscriptions, createSharingKeys(schema))),
    ],
  })
}

/** Yoga refuses an `Accept` header that it can't meet with an empty body. */
const explainNotAcceptable: Plugin = {
  onResponse: ({ response, setResponse, fetchAPI }) => {
    if (response.status !== 406) return
    const message = 'Accept application/json, application/graphql-response+json or text/event-stream.'
    setResponse(fetchAPI.Response.json({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] }, { status: 406 }))
  },
}

/** Creates the context of one operation. */
export function contextOf(deps: Deps, { operations }: Pick<Pipeline, 'operations'>, caller: Caller): Context {
  const { viewer, origin, setCookie } = caller
  return { deps, viewer, origin, operations, setCookie, memo: new Map(), people: createPeopleNotes() }
}
