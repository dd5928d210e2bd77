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
import { countedEmail, emailFormat } from '../model.ts'
import { type Account, findAccount } from '../reads.ts'

type SignInDeps = Readonly<{
  database: Database
  sessions: Sessions
  passwords: Passwords
  attempts: LoginThrottle
  bursts: Pick<Bursts, 'addIn'>
  /** Null: this server sends no mail. */
  mailer: Mailer | null
  clock: Clock
  identities: Identities
}>

type Credentials = Readonly<{ email: string; password: string }>

/** Who has just signed in, by which address, and the session that the cookie is to carry. */
export type SignedIn = Readonly<{ viewer: PersonViewer; email: string; session: NewSession }>

/**
 * Begins a session for whoever knows the password. The session they came with, if any, ends. Throws SignInRefusedError,
 * alike in text and time whether the account is unknown, deactivated or the password wrong, and RateLimitedError when
 * there were too many attempts at the account or from the address, or when too many are signing in at once.
 */
export async function signIn(
  deps: SignInDeps,
  current: PersonViewer | null,
  origin: Origin,
  { email, password }: Credentials,
): Promise<SignedIn> {
  // Each call of this is an attempt, however many of them one request holds.
  const { ipAddress, device } = origin
  const attempt = { kind: 'password', email: countedEmail(email), ipAddress, device } as const
  const check = () => checkAndBegin(deps, { attempt, current, origin }, { email, password })
  return deps.attempts.run(attempt, check).catch((error: unknown) => {
    if (!(error instanceof RateLimitedError)) throw error
    throw new SignInThrottledError(error.retryAfterSeconds, deps.mailer !== null)
  })
}

type Arrival = Readonly<{ attempt: Attempt; current: PersonViewer | null; origin: Origin }>

async function checkAndBegin(deps: SignInDeps, arrival: Arrival, { email, password }: Credentials): Promise<SignedIn> {
  const address = emailFormat.safeParse(email)
  const account = address.success ? await findAccount(deps.database, address.data) : null
  // Also without an account, against a hash that nothing matches: the time taken must not tell.
  const verdict = await deps.passwords.verify(account?.passwordHash ?? null, password)
  const refusal = refusalOf(account, verdict.isRight)
  if (account === null || refusal !== null) {
    await recordRefusal(deps, account, arrival.origin, refusal ?? 'unknown_account')
    throw new SignInRefusedError()
  }
  const newHash = verdict.needsRehash ? await deps.passwords.hash(password) : null
  return deps.database.$transaction((tx) => beginSession(tx, deps, { ...arrival, account, newHash }))
}

type Refusal = 'unknown_account' | 'wrong_password' | 'inactive' | 'password_outdated'

function refusalOf(account: Account | null, isRight: boolean): Refusal | null {
  if (account === null) return 'unknown_account'
  if (!isRight) return 'wrong_password'
  if (!account.isActive) return 'inactive'
  return account.isPasswordOutdated ? 'password_outdated' : null
}

// Who tried is not known, so the entry is nobody's; which account it was about is. Guesses at accounts that nobody has are
// folded: anybody can make up any number of them.
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

type Beginning = Arrival & Readonly<{ account: Account; newHash: string | null }>

async function beginSession(
  tx: Transaction,
  { sessions, attempts, clock, identities }: SignInDeps,
  { account, attempt, current: former, origin, newHash }: Beginning,
): Promise<SignedIn> {
  await lockAccount(tx, account.id)
  // While the password was checked the account may have been deactivated or given another password. A statement of its
  // own: its snapshot is taken after the lock, so it sees what whoever had the lock before has done.
  const { passwordHash } = account
  // Nor may the database turn out to be a restored one meanwhile: the session would be of the new epoch.
  const [current] = await tx.$queryRaw<{ epoch: string }[]>`SELECT epoch FROM database_identity FOR SHARE`
  const stillHolds = {
    id: account.id,
    isActive: true,
    credential: { is: { passwordHash: passwordHash ?? '', epoch: current?.epoch ?? '' } },
  }
  const updated = await tx.user.updateMany({ where: stillHolds, data: { lastLoginAt: clock.now() } })
  if (updated.count === 0) throw new SignInRefusedError()
  if (newHash !== null) {
    await tx.userCredential.update({
      where: { userId: account.id },
      data: { passwordHash: newHash, updatedAt: clock.now() },
    })
    await identities.record(tx, account.id)
  }
  if (former !== null) await sessions.end(tx, former.sessionId)
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
  // Last: everybody who signs in from this address waits for the lock that it takes.
  await attempts.succeed(tx, attempt)
  const viewer = { kind: 'person', userId: account.id, role: account.role, sessionId: session.sessionId } as const
  return { viewer, email: account.email, session }
}
