import type { Attempt, LoginThrottle } from '../../../core/access/login-throttle.ts'
import type { Passwords } from '../../../core/access/passwords.ts'
import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import type { Bursts } from '../../../core/audit/bursts.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { NewSession, Sessions } from '../../../core/sessions/sessions.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { RateLimitedError } from '../../../platform/errors.ts'
import type { Mailer } from '../../../platform/mail/mailer.ts'
import { SignInRefusedError, SignInThrottledError } from '../errors.ts'
import { lockAccount } from '../lock-account.ts'
import { emailFormat, throttleKeyOfEmail } from '../model.ts'
import { type Account, findAccount } from '../reads.ts'

type SignInDeps = Readonly<{
  database: Database
  sessions: Sessions
  passwords: Passwords
  loginThrottle: LoginThrottle
  bursts: Pick<Bursts, 'addIn'>
  /** Null if the server doesn't send email. */
  mailer: Mailer | null
  clock: Clock
  identities: Identities
}>

type Credentials = Readonly<{ email: string; password: string }>

/** The signed-in viewer, their email address, and the session for the cookie. */
export type SignedIn = Readonly<{ viewer: PersonViewer; email: string; session: NewSession }>

/**
 * Starts a session if the password is correct. Ends the caller's current session, if any. Throws SignInRefusedError, with
 * the same text and timing for an unknown account, a deactivated account and a wrong password. Throws SignInThrottledError
 * after too many attempts for the account or from the IP address, or if too many sign-ins run at once.
 */
export async function signIn(
  deps: SignInDeps,
  current: PersonViewer | null,
  origin: Origin,
  { email, password }: Credentials,
): Promise<SignedIn> {
  // Each call counts as one attempt, even if a request contains several.
  const { ipAddress, device } = origin
  const attempt = { kind: 'password', email: throttleKeyOfEmail(email), ipAddress, device } as const
  const check = () => checkAndBegin(deps, { attempt, current, origin }, { email, password })
  return deps.loginThrottle.run(attempt, check).catch((error: unknown) => {
    if (!(error instanceof RateLimitedError)) throw error
    throw new SignInThrottledError(error.retryAfterSeconds, deps.mailer !== null)
  })
}

type SignInAttempt = Readonly<{ attempt: Attempt; current: PersonViewer | null; origin: Origin }>

async function checkAndBegin(
  deps: SignInDeps,
  attempted: SignInAttempt,
  { email, password }: Credentials,
): Promise<SignedIn> {
  const address = emailFormat.safeParse(email)
  const account = address.success ? await findAccount(deps.database, address.data) : null
  // Verified against a dummy hash if the account doesn't exist, so that timing doesn't reveal whether it does.
  const verification = await deps.passwords.verify(account?.passwordHash ?? null, password)
  const refusal = refusalOf(account, verification.isRight)
  if (account === null || refusal !== null) {
    await recordRefusal(deps, account, attempted.origin, refusal ?? 'unknown_account')
    throw new SignInRefusedError()
  }
  const newHash = verification.needsRehash ? await deps.passwords.hash(password) : null
  return deps.database.$transaction((tx) => beginSession(tx, deps, { ...attempted, account, newHash }))
}

type Refusal = 'unknown_account' | 'wrong_password' | 'inactive' | 'password_outdated'

function refusalOf(account: Account | null, isRight: boolean): Refusal | null {
  if (account === null) return 'unknown_account'
  if (!isRight) return 'wrong_password'
  if (!account.isActive) return 'inactive'
  return account.isPasswordOutdated ? 'password_outdated' : null
}

// The entry has no user, because the caller is unknown; it names the account as its resource. Guesses at unknown accounts
// are aggregated, because anyone can make any number of them.
async function recordRefusal(
  { database, bursts }: Pick<SignInDeps, 'database' | 'bursts'>,
  account: Account | null,
  origin: Origin,
  reason: Refusal,
): Promise<void> {
  await database.$transaction((tx) =>
    bursts.addIn(tx, {
      action: 'session.sign_in_failed',
      resource: 'user',
      resourceId: account?.id ?? null,
      userId: null,
      bookingId: null,
      origin,
      metadata: { reason },
    }),
  )
}

type NewSessionInput = SignInAttempt & Readonly<{ account: Account; newHash: string | null }>

async function beginSession(
  tx: Transaction,
  { sessions, loginThrottle, clock, identities }: SignInDeps,
  { account, attempt, current: currentViewer, origin, newHash }: NewSessionInput,
): Promise<SignedIn> {
  await lockAccount(tx, account.id)
  // In the meantime, the account may have been deactivated or its password changed. This is a separate statement, so that
  // its snapshot is taken after the lock and includes the changes of the previous lock holder.
  const { passwordHash } = account
  // The epoch is locked too: if the database turns out to be a restored one, the session must not get the new epoch.
  const [current] = await tx.$queryRaw<{ epoch: string }[]>`SELECT epoch FROM database_identity FOR SHARE`
  const unchanged = {
    id: account.id,
    isActive: true,
    credential: { is: { passwordHash: passwordHash ?? '', epoch: current?.epoch ?? '' } },
  }
  const updated = await tx.user.updateMany({ where: unchanged, data: { lastLoginAt: clock.now() } })
  if (updated.count === 0) throw new SignInRefusedError()
  if (newHash !== null) {
    await tx.userCredential.update({
      where: { userId: account.id },
      data: { passwordHash: newHash, updatedAt: clock.now() },
    })
    await identities.record(tx, account.id)
  }
  if (currentViewer !== null) await sessions.end(tx, currentViewer.sessionId)
  const session = await sessions.create(tx, account.id, origin)
  await sessions.notePasswordChecked(tx, session.sessionId)
  await recordAudit(tx, [
    {
      action: 'session.signed_in',
      resource: 'session',
      resourceId: session.sessionId,
      userId: account.id,
      bookingId: null,
      origin,
      metadata: {},
    },
  ])
  // Last, because all sign-ins from the same IP address wait for the lock it takes.
  await loginThrottle.recordSuccess(tx, attempt)
  const viewer = { kind: 'person', userId: account.id, role: account.role, sessionId: session.sessionId } as const
  return { viewer, email: account.email, session }
}
