import { ChurchHubError } from '../../platform/errors.ts'

/** No such account, a wrong password, a deactivated account: which of them must not show. */
export class SignInRefusedError extends ChurchHubError {
  constructor() {
    super('UNAUTHENTICATED', 'E-mail address or password is wrong.')
  }
}

/** Another user has it already. `field` is the input field. */
export class UserTakenError extends ChurchHubError {
  readonly field: string

  constructor(field: string) {
    super('CONFLICT', `Another user has this ${field} already.`, { field })
    this.field = field
  }
}
