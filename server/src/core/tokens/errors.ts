import { ChurchHubError, UnauthenticatedError } from '../../platform/errors.ts'

/** The API token is invalid. The reason isn't given: "expired" would tell a finder that the token was real. */
export class InvalidTokenError extends UnauthenticatedError {
  constructor() {
    super('This API token is unknown, expired or revoked. Use another token.')
  }
}

/** An `Authorization` header in a form that names no token, from a caller without a session. */
export class AuthorizationFormatError extends UnauthenticatedError {
  constructor() {
    super('Send the API token as `Authorization: Bearer <token>`.')
  }
}

/**
 * A token from before a restore. It may have been revoked after the backup, so an admin must confirm it first. Only a
 * holder of the token learns this.
 */
export class TokenUnconfirmedError extends ChurchHubError {
  constructor() {
    super(
      'TOKEN_UNCONFIRMED',
      'The database was restored from a backup. An admin must confirm this API token before it works again.',
    )
  }
}
