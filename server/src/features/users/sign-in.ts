import type { Attempt, Attempts } from '../../core/access/attempts.ts'
import type { Passwords } from '../../core/access/passwords.ts'
import type { Origin, PersonViewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { NewSession, Sessions } from '../../core/sessions/sessions.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { SignInRefusedError } from './errors.ts'
import { lockAccount } from './lock-account.ts'
import { countedEmail, emailFormat } from './model.ts'
import { type Account, findAccount } from './reads.ts'

type SignInDeps = Readonly<{
  database: Database
  sessions: Sessions
  passwords: Passwords
  attempts: Attempts
  clock: Clock
}>

type Credentials = Readonly<{ email: string; password: string }>

/** Who has just signed in, and the session that the cookie is to carry. */
export type SignedIn = Readonly<{ viewer: PersonViewer; session: NewSession }>

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
  const attempt = { kind: 'password', email: countedEmail(email), ipAddress: origin.ipAddress } as const
  return deps.attempts.run(attempt, () => checkAndBegin(deps, { attempt, current, origin }, { email, password }))
}

type Arrival = Readonly<{ attempt: Attempt; current: PersonViewer | null; origin: Origin }>

async function checkAndBegin(deps: SignInDeps, arrival: Arrival, { email, password }: Credentials): Promise<SignedIn> {
  const address = emailFormat.safeParse(email)
  const account = address.success ? await findAccount(deps.database, address.data) : null
  // Also without an account, against a hash that nothing matches: the time taken must not tell.
  const verdict = await deps.passwords.verify(account?.passwordHash ?? null, password)
  const refusal = refusalOf(account, verdict.isRight)
  if (account === null || refusal !== null) {
    await recordRefusal(deps.database, account, arrival.origin, refusal ?? 'unknown_account')
    throw new SignInRefusedError()
  }
  const newHash = verdict.needsRehash ? await deps.passwords.hash(password) : null
  return deps.database.$transaction((tx) => beginSession(tx, deps, { ...arrival, account, newHash }))
}

type Refusal = 'unknown_account' | 'wrong_password' | 'inactive'

function refusalOf(account: Account | null, isRight: boolean): Refusal | null {
  if (account === null) return 'unknown_account'
  if (!isRight) return 'wrong_password'
  return account.isActive ? null : 'inactive'
}

// Who tried is not known, so the entry is nobody's; which account it was about is.
async function recordRefusal(
  database: Database,
  account: Account | null,
  origin: Origin,
  reason: Refusal,
): Promise<void> {
  await database.$transaction((tx) =>
    recordAudit(tx, [
      {
        action: 'session.sign_in_failed',
        resource: 'user',
        resourceId: account?.id ?? null,
        userId: null,
        bookingId: null,
        origin,
        metadata: { reason },
      },
    ]),
  )
}

type Beginning = Arrival & Readonly<{ account: Account; newHash: string | null }>

async function beginSession(
  tx: Transaction,
  { sessions, attempts, clock }: SignInDeps,
  { account, attempt, current, origin, newHash }: Beginning,
): Promise<SignedIn> {
  await lockAccount(tx, account.id)
  // While the password was checked the account may have been deactivated or given another password. A statement of its
  // own: its snapshot is taken after the lock, so it sees what whoever had the lock before has done.
  const { passwordHash } = account
  const stillHolds = { id: account.id, isActive: true, credential: { is: { passwordHash: passwordHash ?? '' } } }
  const updated = await tx.user.updateMany({ where: stillHolds, data: { lastLoginAt: clock.now() } })
  if (updated.count === 0) throw new SignInRefusedError()
  if (newHash !== null) {
    await tx.userCredential.update({
      where: { userId: account.id },
      data: { passwordHash: newHash, updatedAt: clock.now() },
    })
  }
  if (current !== null) await sessions.end(tx, current.sessionId)
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
  return { viewer: { kind: 'person', userId: account.id, role: account.role, sessionId: session.sessionId }, session }
}
