import { ChurchHubError } from '../../platform/errors.ts'

/** The session's password was not checked within the last ten minutes. */
export class PasswordRequiredError extends ChurchHubError {
  constructor() {
    super('PASSWORD_REQUIRED', 'Confirm your password with confirmPassword, then repeat the change.')
  }
}
