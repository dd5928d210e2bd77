import { ChurchHubError, RateLimitedError } from '../../platform/errors.ts'

/** Unknown account, wrong password or deactivated account. The response must not reveal which. */
export class SignInRefusedError extends ChurchHubError {
  constructor() {
    super('UNAUTHENTICATED', 'The email address or the password is wrong. Check both and try again.')
  }
}

/**
 * Too many sign-in attempts from elsewhere. Explains how to get in anyway, and is the same whether or not the account
 * exists.
 */
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

/** Another user has the same value. `field` is the input field. */
export class UserTakenError extends ChurchHubError {
  readonly field: string

  constructor(field: string) {
    super('CONFLICT', `Another user already has this ${field}. Use a different one.`, { field })
    this.field = field
  }
}

/** An email link was used, expired, was revoked, or never existed. The response must not reveal which. */
export class LinkUnusableError extends ChurchHubError {
  constructor() {
    super('BAD_USER_INPUT', 'This link has been used or has expired. Request a new one.', { field: 'token' })
  }
}

export class MailOffError extends ChurchHubError {
  constructor() {
    super(
      'BAD_REQUEST',
      "This server can't send email. Its operator can set SMTP_URL and MAIL_FROM, or create users with `npm run users:create`.",
    )
  }
}

export class WrongPasswordError extends ChurchHubError {
  constructor(field: 'currentPassword' | 'password' = 'currentPassword') {
    super('BAD_USER_INPUT', 'The password is wrong. Try again.', { field })
  }
}

/** An admin tried to remove their own access. */
export class OwnAccessError extends ChurchHubError {
  constructor() {
    super('CONFLICT', "You can't take away your own access. Ask another admin.")
  }
}

/**
 * The email address of a user with a password or bookings can't be changed by others: it gives access to what only the user
 * may read.
 */
export class AddressInUseError extends ChurchHubError {
  constructor() {
    super('CONFLICT', "The email address can't be changed once the user has a password or bookings.", {
      field: 'email',
    })
  }
}

/** Bookings were matched by this Cal.com identity, so its next user would get them. `field` is the input field. */
export class CalNameInUseError extends ChurchHubError {
  constructor(field: string) {
    super('CONFLICT', `The ${field} can't be changed once the user has bookings.`, { field })
  }
}
