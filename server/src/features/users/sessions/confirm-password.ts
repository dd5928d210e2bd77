import type { LoginThrottle } from '../../../core/access/login-throttle.ts'
import type { Passwords } from '../../../core/access/passwords.ts'
import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Database } from '../../../platform/database/client.ts'
import { UnauthenticatedError } from '../../../platform/errors.ts'
import { WrongPasswordError } from '../errors.ts'
import { lockAccount } from '../lock-account.ts'
import { findAccountById } from '../reads.ts'

type ConfirmPasswordDeps = Readonly<{
  database: Database
  sessions: Sessions
  passwords: Passwords
  loginThrottle: LoginThrottle
}>

/**
 * Checks the viewer's password and marks their session as fresh for ten minutes. Wrong guesses count towards the sign-in
 * throttle and are recorded in the audit log.
 *
 * @throws WrongPasswordError, RateLimitedError, AuditUnavailableError; UnauthenticatedError if the session has ended
 */
export async function confirmPassword(
  deps: ConfirmPasswordDeps,
  viewer: PersonViewer,
  origin: Origin,
  { password }: Readonly<{ password: string }>,
): Promise<void> {
  const account = await findAccountById(deps.database, viewer.userId)
  if (account === null) throw new UnauthenticatedError()
  const { ipAddress, device } = origin
  const attempt = { kind: 'password', email: account.email, ipAddress, device } as const
  const entry = {
    resource: 'session',
    resourceId: viewer.sessionId,
    userId: viewer.userId,
    bookingId: null,
    origin,
    metadata: {},
  } as const
  await deps.loginThrottle.run(attempt, async () => {
    const { isRight } = await deps.passwords.verify(account.passwordHash, password)
    if (isRight) return
    await deps.database.$transaction((tx) => recordAudit(tx, [{ ...entry, action: 'session.password_refused' }]))
    throw new WrongPasswordError('password')
  })
  await deps.database.$transaction(async (tx) => {
    await lockAccount(tx, viewer.userId)
    // In the meantime, a link may have set another password, or the session may have ended.
    const unchanged = {
      passwordHash: account.passwordHash ?? '',
      user: { isActive: true, sessions: { some: { id: viewer.sessionId } } },
    }
    const current = await tx.userCredential.count({ where: { userId: viewer.userId, ...unchanged } })
    if (current === 0) throw new UnauthenticatedError('This session has ended.')
    await deps.sessions.notePasswordChecked(tx, viewer.sessionId)
    await recordAudit(tx, [{ ...entry, action: 'session.password_confirmed' }])
    await deps.loginThrottle.recordSuccess(tx, attempt)
  })
}
