/**
 * Every `extensions.code` that an answer of ChurchHub can carry. The list is closed: any other error is masked as
 * INTERNAL before it leaves the server. CONFIGURATION prevents a start and never reaches an answer.
 */
export const errorCodes = [
  'UNAUTHENTICATED',
  'PASSWORD_REQUIRED',
  'TOKEN_UNCONFIRMED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'CONFLICT',
  'CONFIRMATION_REQUIRED',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PAYLOAD_TOO_LARGE',
  'AUDIT_UNAVAILABLE',
  'UNREADABLE',
  'CURSOR_EXPIRED',
  'TIMEOUT',
  'UNAVAILABLE',
  'CONFIGURATION',
  'INTERNAL',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export type ErrorExtensions = Readonly<Record<string, unknown>>

/**
 * An error whose message and extensions may be shown to the caller. Both hold only IDs and codes, never names or input:
 * they end up in answers, logs and job records. The cause is for the log only.
 */
export class ChurchHubError extends Error {
  readonly code: ErrorCode
  readonly extensions: ErrorExtensions

  constructor(code: ErrorCode, message: string, extensions: ErrorExtensions = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.extensions = extensions
  }
}

/** The server can't start with its configuration. The message is one line: what is wrong, and how to fix it. */
export class ConfigurationError extends ChurchHubError {
  constructor(message: string, options?: ErrorOptions) {
    super('CONFIGURATION', message, {}, options)
  }
}

/** Not found, or not visible to the viewer: the two must look the same. */
export class NotFoundError extends ChurchHubError {
  constructor(message = 'Not found. Check the ID and your access.') {
    super('NOT_FOUND', message)
  }
}

/** The viewer isn't signed in, and the answer depends on who asks. */
export class UnauthenticatedError extends ChurchHubError {
  constructor(message = 'Sign in first.') {
    super('UNAUTHENTICATED', message)
  }
}

/** The viewer is known and may not do this. */
export class ForbiddenError extends ChurchHubError {
  constructor(message = "You don't have permission to do this.") {
    super('FORBIDDEN', message)
  }
}

/** The input is invalid. `field` is the path of the input field, never its value. */
export class BadUserInputError extends ChurchHubError {
  constructor(field: string, message: string) {
    super('BAD_USER_INPUT', message, { field })
  }
}

/** It already exists, or it changed meanwhile. */
export class ConflictError extends ChurchHubError {
  constructor(message: string, extensions: ErrorExtensions = {}) {
    super('CONFLICT', message, extensions)
  }
}

/** The rate limit is exceeded; `retryAfterSeconds` says when to retry. */
export class RateLimitedError extends ChurchHubError {
  readonly retryAfterSeconds: number

  constructor(
    retryAfterSeconds: number,
    message = 'Too many attempts. Try again later.',
    extensions: Readonly<Record<string, unknown>> = {},
  ) {
    super('RATE_LIMITED', message, { retryAfterSeconds, ...extensions })
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The operation affects more than was confirmed; `affected` has the number of each kind. */
export class ConfirmationRequiredError extends ChurchHubError {
  constructor(affected: Readonly<Record<string, number>>) {
    const affectedCount = Object.values(affected).reduce((sum, count) => sum + count, 0)
    super(
      'CONFIRMATION_REQUIRED',
      `The shorter retention period affects ${affectedCount} existing objects. To confirm, send confirmedCount: ${affectedCount}.`,
      { affectedCount, affected },
    )
  }
}
