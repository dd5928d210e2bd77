import { z } from 'zod'
import { ConfigurationError } from '../errors.ts'
import { type StreamLimits, streamLimitsOf, streamVariables } from './stream-limits.ts'
import { wholeNumber } from './whole-number.ts'

/** The variables that limit callers, requests and operations. */
export const limitVariables = {
  LIMIT_DEPTH: wholeNumber(1, 100).default(16),
  LIMIT_FIELDS: wholeNumber(10, 5_000).default(500),
  LIMIT_ROOT_FIELDS: wholeNumber(1, 1_000).default(30),
  LIMIT_ALIASES: wholeNumber(0, 5_000).default(100),
  LIMIT_REPEATS: wholeNumber(1, 5_000).default(30),
  LIMIT_DIRECTIVES: wholeNumber(0, 5_000).default(50),
  LIMIT_TOKENS: wholeNumber(100, 100_000).default(4_000),
  LIMIT_COST: wholeNumber(100, 1_000_000_000).default(60_000),
  LIMIT_PAGE_SIZE: wholeNumber(1, 1_000).default(100),
  LIMIT_BODY_BYTES: wholeNumber(1_024, 64 * 1_024 * 1_024).default(256 * 1_024),
  LIMIT_STATEMENT_MS: wholeNumber(100, 600_000).default(15_000),
  LIMIT_HEADERS_MS: wholeNumber(100, 600_000).default(10_000),
  LIMIT_REQUEST_MS: wholeNumber(100, 600_000).default(30_000),
  LIMIT_BUDGET_POINTS: wholeNumber(100, 2_000_000_000).default(1_000_000),
  LIMIT_BUDGET_REFILL: wholeNumber(1, 2_000_000_000).default(5_000),
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
export function limitsOf(given: z.output<typeof limitsSchema>): Limits {
  if (given.LIMIT_BUDGET_POINTS < given.LIMIT_COST) {
    throw new ConfigurationError('LIMIT_BUDGET_POINTS must not be less than LIMIT_COST: one operation could never run.')
  }
  if (given.LIMIT_BUDGET_REFILL > given.LIMIT_BUDGET_POINTS) {
    throw new ConfigurationError('LIMIT_BUDGET_REFILL must not be more than LIMIT_BUDGET_POINTS.')
  }
  if (given.LIMIT_HEADERS_MS > given.LIMIT_REQUEST_MS) {
    throw new ConfigurationError(
      'LIMIT_HEADERS_MS must not be more than LIMIT_REQUEST_MS: the headers are part of the request.',
    )
  }
  return {
    operation: {
      depth: given.LIMIT_DEPTH,
      fields: given.LIMIT_FIELDS,
      rootFields: given.LIMIT_ROOT_FIELDS,
      aliases: given.LIMIT_ALIASES,
      repeats: given.LIMIT_REPEATS,
      directives: given.LIMIT_DIRECTIVES,
      tokens: given.LIMIT_TOKENS,
      cost: given.LIMIT_COST,
      pageSize: given.LIMIT_PAGE_SIZE,
    },
    bodyBytes: given.LIMIT_BODY_BYTES,
    statementMs: given.LIMIT_STATEMENT_MS,
    headersMs: given.LIMIT_HEADERS_MS,
    requestMs: given.LIMIT_REQUEST_MS,
    budget: { points: given.LIMIT_BUDGET_POINTS, refillPerSecond: given.LIMIT_BUDGET_REFILL },
    streams: streamLimitsOf(given),
  }
}
