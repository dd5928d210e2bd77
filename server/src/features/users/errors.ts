import { ChurchHubError, RateLimitedError } from '../../platform/errors.ts'

/** No such account, a wrong password, a deactivated account: which of them must not show. */
export class SignInRefusedError extends ChurchHubError {
  constructor() {
    super('UNAUTHENTICATED', 'The email address or the password is wrong. Check both and try again.')
  }
}

/** Too many attempts at an account from elsewhere. Says how to get in all the same; alike whether there is such an account. */
export class SignInThrottledError extends RateLimitedError {
  constructor(retryAfterSeconds: number, sendsMail: boolean) {
    super(
      retryAfterSeconds,
      sendsMail
        ? 'Too many attempts. Request a password reset link by email and set a new password, or try again later.'
        : 'Too many attempts. Try again later, or ask an admin of your church for help.',
      { mailedLink: sendsMail },
    )
  }
}

/** Another user has it already. `field` is the input field. */
export class UserTakenError extends ChurchHubError {
  readonly field: string

  constructor(field: string) {
    super('CONFLICT', `Another user already has this ${field}. Use a different one.`, { field })
    this.field = field
  }
}

/** A mailed link that can't be used: used before, expired, made void, or never ours. Which of them must not show. */
export class LinkUnusableError extends ChurchHubError {
  constructor() {
    super('BAD_USER_INPUT', 'This link has been used or has expired. Request a new one.', { field: 'token' })
  }
}

/** The server has no mail server to send by. */
export class MailOffError extends ChurchHubError {
  constructor() {
    super(
      'BAD_REQUEST',
      "This server can't send email. Its operator can set SMTP_URL and MAIL_FROM, or create users with `npm run users:create`.",
    )
  }
}

/** The password that somebody gave as theirs is not. */
export class WrongPasswordError extends ChurchHubError {
  constructor(field: 'currentPassword' | 'password' = 'currentPassword') {
    super('BAD_USER_INPUT', 'The password is wrong. Try again.', { field })
  }
}

/** An admin was about to take away their own access. */
export class OwnAccessError extends ChurchHubError {
  constructor() {
    super('CONFLICT', "You can't take away your own access. Ask another admin.")
  }
}

/** The address of somebody who has a password or bookings opens what only they may: nobody else changes it. */
export class AddressInUseError extends ChurchHubError {
  constructor() {
    super('CONFLICT', "The email address can't be changed once the user has a password or bookings.", {
      field: 'email',
    })
  }
}

/** Bookings came under this name in Cal.com: whoever got it next would get them too. `field` is the input field. */
export class CalNameInUseError extends ChurchHubError {
  constructor(field: string) {
    super('CONFLICT', `The ${field} can't be changed once the user has bookings.`, { field })
  }
}
