import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { createPeopleNotes } from '../../core/audit/read/people-read.ts'
import { clearAuthCacheAfterMutations } from '../auth/clear-auth-cache.ts'
import type { Context, Deps } from '../auth/context.ts'
import { recordAnswers } from '../auth/record-answer.ts'
import { createErrorMask } from '../errors.ts'
import { operationChecks } from '../limits/operation-checks.ts'
import { type AnswerCost, chargeOperations } from '../limits/rate-limit.ts'
import { liveSubscriptions } from '../live/live-plugin.ts'
import { createPlans, type Plans } from '../planner/run-plan.ts'
import type { Pipeline } from './pipeline.ts'
import { plannedOperations } from './planned-operations-plugin.ts'

/** What a door has found out about a request before GraphQL begins. */
export type Caller = Readonly<{ viewer: Viewer | null; origin: Origin; setCookie: Context['setCookie'] }> & {
  /** What the operation has been paid with, where it has been before Yoga gets it. */
  paid?: AnswerCost
}

export type ServerContext = { req: IncomingMessage; res: ServerResponse; caller: Caller }

/** The GraphQL engine behind HTTP, SSE and WebSocket: one set of plugins for all three. */
export function createGraphql(deps: Deps, schema: GraphQLSchema, gate: Pipeline, plans: Plans) {
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
    // The gate remembers documents by itself.
    parserAndValidationCache: false,
    context: ({ caller }) => contextOf(deps, gate, caller),
    plugins: [
      operationChecks(gate.operations),
      chargeOperations(gate.spending),
      plannedOperations(plans),
      // Around the execution, planned or not.
      recordAnswers(),
      clearAuthCacheAfterMutations(deps.forgetLogins),
      liveSubscriptions(maskError, createPlans(deps, schema, 'subscription')),
    ],
  })
}

/** The context of one operation. */
export function contextOf(deps: Deps, { operations }: Pick<Pipeline, 'operations'>, caller: Caller): Context {
  const { viewer, origin, setCookie } = caller
  return { deps, viewer, origin, operations, setCookie, memo: new Map(), people: createPeopleNotes() }
}
