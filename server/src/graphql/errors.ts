import { GraphQLError } from 'graphql'
import { databaseFailureOf } from '../platform/database/failure.ts'
import { ChurchHubError, type ErrorCode } from '../platform/errors.ts'
import type { NewId } from '../platform/ids.ts'
import type { Log } from '../platform/logging/log.ts'
import { withoutValues } from './limits/without-values.ts'

/** A database that restarts or fails over is back within some seconds. */
export const retryAfterSeconds = 5

/**
 * Makes the function that every error passes on its way out.
 *
 * What ChurchHub threw on purpose keeps its code and text. What GraphQL itself refuses gets a code, and keeps
 * its text but for the value that it is about.
 * Anything else is a fault of ours: it goes to the log under an id, and only the id goes out.
 */
export function createErrorMask(deps: { log: Log; newId: NewId }) {
  return function maskError(error: unknown): Error {
    const original = error instanceof GraphQLError ? (error.originalError ?? error) : error
    if (original instanceof ChurchHubError) return withCode(error, original)
    if (original instanceof GraphQLError) return codedBySpec(original, error)
    if (databaseFailureOf(original) !== null) return withCode(error, unavailable())
    const errorId = deps.newId()
    deps.log.error({ err: original, errorId }, 'unexpected error in a resolver')
    const masked = new ChurchHubError('INTERNAL', 'Internal error. The server log has the details under this ID.', {
      errorId,
    })
    return withCode(error, masked)
  }
}

/** Over HTTP the whole answer is then a 503, so that clients and proxies know it without reading it. */
function unavailable(): ChurchHubError {
  return new ChurchHubError('UNAVAILABLE', "The database can't be reached. Try again shortly.", {
    retryAfterSeconds,
    http: { status: 503, headers: { 'retry-after': String(retryAfterSeconds) } },
  })
}

function withCode(error: unknown, cause: ChurchHubError): GraphQLError {
  const place = error instanceof GraphQLError ? error : null
  return new GraphQLError(cause.message, {
    nodes: place?.nodes ?? null,
    source: place?.source ?? null,
    positions: place?.positions ?? null,
    path: place?.path ?? null,
    extensions: { ...cause.extensions, code: cause.code },
  })
}

/** Parsing and validation errors carry no code of their own in graphql-js; errors with a path come from coercion. */
function codedBySpec(original: GraphQLError, error: unknown): GraphQLError {
  const at = error instanceof GraphQLError ? error : original
  // Yoga puts there what JSON.parse says, which quotes the body.
  const { originalError: _quoting, ...extensions } = original.extensions
  const code = typeof extensions.code === 'string' ? extensions.code : codeBySpec(original, at)
  return new GraphQLError(withoutValues(original.message), {
    nodes: at.nodes ?? null,
    source: at.source ?? null,
    positions: at.positions ?? null,
    path: at.path ?? null,
    extensions: { ...extensions, code, ...(code === 'BAD_REQUEST' && { http: always(extensions.http) }) },
  })
}

/** What is no request at all Yoga would answer with 200 where application/json is asked for. */
function always(http: unknown): Record<string, unknown> {
  return { status: 400, ...(typeof http === 'object' ? http : null), spec: false }
}

function codeBySpec(original: GraphQLError, at: GraphQLError): ErrorCode {
  if (original.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED'
  return at.path === undefined ? 'GRAPHQL_VALIDATION_FAILED' : 'BAD_USER_INPUT'
}
