import type { LoginThrottle } from '../../../core/access/login-throttle.ts'
import type { PasswordStrength } from '../../../core/access/password-strength.ts'
import type { Passwords } from '../../../core/access/passwords.ts'
import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { UnauthenticatedError } from '../../../platform/errors.ts'
import { WrongPasswordError } from '../errors.ts'
import { lockAccount } from '../lock-account.ts'
import { newPasswordFormat } from '../model.ts'
import { findAccountById } from '../reads.ts'
import { checkNewPassword } from './check-new-password.ts'
import { setPassword } from './set-password.ts'

type ChangePasswordDeps = Readonly<{
  database: Database
  sessions: Sessions
  passwords: Passwords
  passwordStrength: PasswordStrength
  loginThrottle: LoginThrottle
  clock: Clock
  identities: Identities
}>

/**
 * Changes the viewer's password. Their current session continues; all others end. Wrong guesses of the current password
 * count towards the sign-in throttle.
 *
 * @throws BadUserInputError, WrongPasswordError, RateLimitedError; UnauthenticatedError if the account no longer exists
 */
export async function changePassword(
  deps: ChangePasswordDeps,
  viewer: PersonViewer,
  origin: Origin,
  { currentPassword, newPassword }: Readonly<{ currentPassword: string; newPassword: string }>,
): Promise<void> {
  const account = await findAccountById(deps.database, viewer.userId)
  if (account === null) throw new UnauthenticatedError()
  checkInput(newPasswordFormat(account.email), { newPassword })
  const attempt = {
    kind: 'password',
    email: account.email,
    ipAddress: origin.ipAddress,
    device: origin.device,
  } as const
  await deps.loginThrottle.run(attempt, async () => {
    const { isRight } = await deps.passwords.verify(account.passwordHash, currentPassword)
    if (!isRight) throw new WrongPasswordError()
  })
  // Checked after the current password, so that only its owner can make the server do this expensive check.
  await checkNewPassword(deps, account, newPassword).catch(async (error: unknown) => {
    await deps.database.$transaction((tx) => deps.loginThrottle.recordSuccess(tx, attempt))
    throw error
  })
  const passwordHash = await deps.passwords.hash(newPassword)
  await deps.database.$transaction(async (tx) => {
    await lockAccount(tx, viewer.userId)
    // In the meantime, a link may have set another password, or the session may have ended.
    const unchanged = {
      passwordHash: account.passwordHash ?? '',
      user: { sessions: { some: { id: viewer.sessionId } } },
    }
    const current = await tx.userCredential.count({ where: { userId: viewer.userId, ...unchanged } })
    if (current === 0) throw new UnauthenticatedError('This session has ended. Sign in again.')
    const keepSession = viewer.sessionId
    await setPassword(tx, deps, { userId: viewer.userId, passwordHash, changedBy: 'owner', keepSession, origin })
    await deps.loginThrottle.recordSuccess(tx, attempt)
  })
}
