import { z } from 'zod'
import { ConfigurationError } from '../errors.ts'
import { type StreamLimits, streamLimitsOf, streamVariables } from './stream-limits.ts'
import { integerBetween } from './whole-number.ts'

/** The variables that limit callers, requests and operations. */
export const limitVariables = {
  LIMIT_DEPTH: integerBetween(1, 100).default(16),
  LIMIT_FIELDS: integerBetween(10, 5_000).default(500),
  LIMIT_ROOT_FIELDS: integerBetween(1, 1_000).default(30),
  LIMIT_ALIASES: integerBetween(0, 5_000).default(100),
  LIMIT_REPEATS: integerBetween(1, 5_000).default(30),
  LIMIT_DIRECTIVES: integerBetween(0, 5_000).default(50),
  LIMIT_TOKENS: integerBetween(100, 100_000).default(4_000),
  LIMIT_COST: integerBetween(100, 1_000_000_000).default(60_000),
  LIMIT_PAGE_SIZE: integerBetween(1, 1_000).default(100),
  LIMIT_BODY_BYTES: integerBetween(1_024, 64 * 1_024 * 1_024).default(256 * 1_024),
  LIMIT_STATEMENT_MS: integerBetween(100, 600_000).default(15_000),
  LIMIT_HEADERS_MS: integerBetween(100, 600_000).default(10_000),
  LIMIT_REQUEST_MS: integerBetween(100, 600_000).default(30_000),
  LIMIT_AI_MS: integerBetween(1_000, 600_000).default(15_000),
  LIMIT_BUDGET_POINTS: integerBetween(100, 2_000_000_000).default(1_000_000),
  LIMIT_BUDGET_REFILL: integerBetween(1, 2_000_000_000).default(5_000),
  ...streamVariables,
} as const

/** Limits on one operation, the same over HTTP, Server-Sent Events and WebSocket. */
export type OperationLimits = Readonly<{
  /** Nesting depth, from the root. */
  depth: number
  /** Total number of selected fields. Fields of a fragment count once per spread. */
  fields: number
  /** Number of fields of Query, Mutation or Subscription. */
  rootFields: number
  /** Number of aliased fields. Fields of a fragment count once per spread. */
  aliases: number
  /** How often one field may be selected on one object. */
  repeats: number
  /** Number of directives in the document. Those of a fragment count once per spread. */
  directives: number
  /** Number of lexical tokens in the document. */
  tokens: number
  /** Cost in points; see graphql/limits/cost.ts. */
  cost: number
  /** Rows per page. */
  pageSize: number
}>

/** The points of a caller's budget, and how many are refilled each second. */
export type BudgetLimits = Readonly<{ points: number; refillPerSecond: number }>

export type Limits = Readonly<{
  operation: OperationLimits
  /** The maximum size of a request body or WebSocket message, in bytes. */
  bodyBytes: number
  /** Statements that take longer are cancelled. */
  statementMs: number
  /** How long a client may take to send the request headers, and the whole request. */
  headersMs: number
  requestMs: number
  /** How long an AI provider may take for a brief, retries included. */
  aiMs: number
  budget: BudgetLimits
  /** Limits on open sockets and event streams. */
  streams: StreamLimits
}>

const limitsSchema = z.object(limitVariables)

/**
 * Builds the limits from validated variables.
 *
 * @throws ConfigurationError when two limits contradict each other
 */
export function limitsOf(variables: z.output<typeof limitsSchema>): Limits {
  if (variables.LIMIT_BUDGET_POINTS < variables.LIMIT_COST) {
    throw new ConfigurationError('LIMIT_BUDGET_POINTS must not be less than LIMIT_COST: one operation could never run.')
  }
  if (variables.LIMIT_BUDGET_REFILL > variables.LIMIT_BUDGET_POINTS) {
    throw new ConfigurationError('LIMIT_BUDGET_REFILL must not be more than LIMIT_BUDGET_POINTS.')
  }
  if (variables.LIMIT_HEADERS_MS > variables.LIMIT_REQUEST_MS) {
    throw new ConfigurationError(
      'LIMIT_HEADERS_MS must not be more than LIMIT_REQUEST_MS: the headers are part of the request.',
    )
  }
  return {
    operation: {
      depth: variables.LIMIT_DEPTH,
      fields: variables.LIMIT_FIELDS,
      rootFields: variables.LIMIT_ROOT_FIELDS,
      aliases: variables.LIMIT_ALIASES,
      repeats: variables.LIMIT_REPEATS,
      directives: variables.LIMIT_DIRECTIVES,
      tokens: variables.LIMIT_TOKENS,
      cost: variables.LIMIT_COST,
      pageSize: variables.LIMIT_PAGE_SIZE,
    },
    bodyBytes: variables.LIMIT_BODY_BYTES,
    statementMs: variables.LIMIT_STATEMENT_MS,
    headersMs: variables.LIMIT_HEADERS_MS,
    requestMs: variables.LIMIT_REQUEST_MS,
    aiMs: variables.LIMIT_AI_MS,
    budget: { points: variables.LIMIT_BUDGET_POINTS, refillPerSecond: variables.LIMIT_BUDGET_REFILL },
    streams: streamLimitsOf(variables),
  }
}
