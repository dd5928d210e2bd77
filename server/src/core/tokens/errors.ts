import { ChurchHubError, UnauthenticatedError } from '../../platform/errors.ts'

/**
 * A token was given that lets nobody in. Which of the reasons it was is not told: to whoever found a token, "expired" would
 * say that it was a real one.
 */
export class InvalidTokenError extends UnauthenticatedError {
  constructor() {
    super('This API token is unknown, expired or revoked. Use another token.')
  }
}

/**
 * A token from before a restore. Whether it was revoked after the backup is not known, so an admin confirms it first. Only
 * somebody who has the token learns this.
 */
export class TokenUnconfirmedError extends ChurchHubError {
  constructor() {
    super(
      'TOKEN_UNCONFIRMED',
      'The database was restored from a backup. An admin must confirm this API token before it works again.',
    )
  }
}
