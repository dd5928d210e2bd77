import type { LoginThrottle } from '../../../core/access/login-throttle.ts'
import type { PasswordStrength } from '../../../core/access/password-strength.ts'
import type { Passwords } from '../../../core/access/passwords.ts'
import type { Origin } from '../../../core/access/viewer.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { LinkUnusableError } from '../errors.ts'
import { lockAccount } from '../lock-account.ts'
import { newPasswordFormat } from '../model.ts'
import { checkNewPassword } from './check-new-password.ts'
import { hashOfLinkToken, type LinkPurpose } from './link.model.ts'
import { findLink } from './links.reads.ts'
import { setPassword } from './set-password.ts'

type SetPasswordByLinkDeps = Readonly<{
  database: Database
  sessions: Sessions
  passwords: Passwords
  passwordStrength: PasswordStrength
  loginThrottle: LoginThrottle
  clock: Clock
  identities: Identities
}>

/**
 * Sets the password of the account that an email link belongs to, and consumes the link. An invitation also activates the
 * account; a reset ends all sessions. Returns the email address to sign in with.
 *
 * @throws LinkUnusableError whatever is wrong with the link; BadUserInputError, which leaves the link valid
 */
export async function setPasswordByLink(
  deps: SetPasswordByLinkDeps,
  origin: Origin,
  purpose: LinkPurpose,
  { token, newPassword }: Readonly<{ token: string; newPassword: string }>,
): Promise<{ email: string }> {
  const tokenHash = hashOfLinkToken(token)
  const link = tokenHash === null ? null : await findLink(deps.database, { purpose, tokenHash, now: deps.clock.now() })
  // Checked before the password is hashed, so that only a link's owner can make the server do that work.
  if (link === null) throw new LinkUnusableError()
  const { id, userId, email } = link
  checkInput(newPasswordFormat(email), { newPassword })
  await checkNewPassword(deps, link, newPassword)
  const passwordHash = await deps.passwords.hash(newPassword)
  await deps.database.$transaction(async (tx) => {
    await lockAccount(tx, userId)
    await consumeLink(tx, id, deps.clock.now())
    if (purpose === 'invitation') await tx.user.update({ where: { id: userId }, data: { isActive: true } })
    const changedBy = purpose === 'invitation' ? 'invitation_link' : 'reset_link'
    await setPassword(tx, deps, { userId, passwordHash, changedBy, origin })
    // The link proves access to the mailbox, so other people's failed guesses no longer block this user.
    await deps.loginThrottle.recordSuccess(tx, {
      kind: 'password',
      email,
      ipAddress: origin.ipAddress,
      device: origin.device,
    })
  })
  return { email }
}

/** Of two concurrent uses of a link, only the first succeeds. */
async function consumeLink(tx: Transaction, id: string, now: Date): Promise<void> {
  const { count } = await tx.mailLink.updateMany({
    where: { id, usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  })
  if (count === 0) throw new LinkUnusableError()
}
