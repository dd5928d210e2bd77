import { UnauthenticatedError } from '../../platform/errors.ts'

/**
 * A token was given that lets nobody in. Which of the reasons it was is not told: to whoever found a token, "expired" would
 * say that it was a real one.
 */
export class InvalidTokenError extends UnauthenticatedError {
  constructor() {
    super('This API token is unknown, expired or revoked. Use another token.')
  }
}
