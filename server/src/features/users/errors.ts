import { ChurchHubError, RateLimitedError } from '../../platform/errors.ts'

/** No such account, a wrong password, a deactivated account: which of them must not show. */
export class SignInRefusedError extends ChurchHubError {
  constructor() {
    super('UNAUTHENTICATED', 'E-mail address or password is wrong.')
  }
}

/** Too many attempts at an account from elsewhere. Says how to get in all the same; alike whether there is such an account. */
export class SignInThrottledError extends RateLimitedError {
  constructor(retryAfterSeconds: number, sendsMail: boolean) {
    super(
      retryAfterSeconds,
      sendsMail
        ? 'Too many attempts. Have a link mailed to you and set a new password by it, or try again later.'
        : 'Too many attempts. Try again later, or ask an admin of your church for help.',
      { mailedLink: sendsMail },
    )
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

/** A mailed link that can't be used: used before, expired, made void, or never ours. Which of them must not show. */
export class LinkUnusableError extends ChurchHubError {
  constructor() {
    super('BAD_USER_INPUT', 'This link was used before, or its time is over. Ask for a new one.', { field: 'token' })
  }
}

/** The server has no mail server to send by. */
export class MailOffError extends ChurchHubError {
  constructor() {
    super(
      'BAD_REQUEST',
      'This server sends no mail. Whoever runs it can set SMTP_URL and MAIL_FROM, or make users with `npm run users:create`.',
    )
  }
}

/** The password that somebody gave as theirs is not. */
export class WrongPasswordError extends ChurchHubError {
  constructor(field: 'currentPassword' | 'password' = 'currentPassword') {
    super('BAD_USER_INPUT', 'This is not your password.', { field })
  }
}

/** An admin was about to take away their own access. */
export class OwnAccessError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'Another admin has to do this: nobody takes away their own access.')
  }
}

/** The address of somebody who has a password or bookings opens what only they may: nobody else changes it. */
export class AddressInUseError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'The address can only be corrected until the user has a password or bookings.', {
      field: 'email',
    })
  }
}

/** Bookings came under this name in Cal.com: whoever got it next would get them too. `field` is the input field. */
export class CalNameInUseError extends ChurchHubError {
  constructor(field: string) {
    super('CONFLICT', `The ${field} of a user who has bookings can not be changed.`, { field })
  }
}
