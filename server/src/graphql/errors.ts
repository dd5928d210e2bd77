import { GraphQLError } from 'graphql'
import { databaseFailureOf } from '../platform/database/failure.ts'
import { ChurchHubError, type ErrorCode } from '../platform/errors.ts'
import type { NewId } from '../platform/ids.ts'
import type { Log } from '../platform/logging/log.ts'
import { withoutValues } from './limits/without-values.ts'

/** Seconds. A database usually recovers from a restart or failover within this time. */
export const retryAfterSeconds = 5

/**
 * Creates the function that masks every error before it leaves the server.
 *
 * - A `ChurchHubError` keeps its code and message.
 * - An error of graphql-js gets a code. Its message stays, without the value that it quotes.
 * - Any other error is logged under an ID, and the response contains only that ID.
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

/** Over HTTP the whole response is a 503, so that clients and proxies recognize it without parsing the body. */
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

/** graphql-js sets no code on parse and validation errors. An error with a path comes from coercing a value. */
function codedBySpec(original: GraphQLError, error: unknown): GraphQLError {
  const at = error instanceof GraphQLError ? error : original
  // Yoga puts the message of JSON.parse here, which quotes the request body.
  const { originalError: _quoting, ...extensions } = original.extensions
  if (extensions.code === 'OPERATION_RESOLUTION_FAILURE') return withCode(error, noSuchOperation())
  const code = typeof extensions.code === 'string' ? extensions.code : codeBySpec(original, at)
  return new GraphQLError(withoutId(original) ?? withoutValues(original.message), {
    nodes: at.nodes ?? null,
    source: at.source ?? null,
    positions: at.positions ?? null,
    path: at.path ?? null,
    extensions: { ...extensions, code, ...(code === 'BAD_REQUEST' && { http: always(extensions.http) }) },
  })
}

/** The document has several operations, or none of this name. */
export function noSuchOperation(): ChurchHubError {
  return new ChurchHubError(
    'GRAPHQL_VALIDATION_FAILED',
    'Set `operationName` to one of the operations in the document.',
    { http: { status: 400 } },
  )
}

/** The message for an ID of another type. Pothos' own repeats the ID. */
function withoutId({ message }: GraphQLError): string | null {
  const [, types] = /^ID: .* is not of type: ([\w, ]+)$/s.exec(message) ?? []
  return types === undefined ? null : `Invalid ID. Expected an ID of type ${types}.`
}

/** For a malformed request Yoga would respond with 200 if the client accepts only application/json. */
function always(http: unknown): Record<string, unknown> {
  return { status: 400, ...(typeof http === 'object' ? http : null), spec: false }
}

function codeBySpec(original: GraphQLError, at: GraphQLError): ErrorCode {
  if (original.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED'
  return at.path === undefined ? 'GRAPHQL_VALIDATION_FAILED' : 'BAD_USER_INPUT'
}
