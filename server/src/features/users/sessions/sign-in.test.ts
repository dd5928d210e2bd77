import { hash } from '@node-rs/argon2'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addPerson, createTestAccess, testOrigin } from '../../../../test/support/parish.ts'
import { createPasswords, type Passwords } from '../../../core/access/passwords.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { createSessions, type Sessions } from '../../../core/sessions/sessions.ts'
import { systemClock } from '../../../platform/clock.ts'
import { createSemaphore } from '../../../platform/concurrency/semaphore.ts'
import { lockAccount } from '../lock-account.ts'
import { signIn } from './sign-in.ts'
import { signOut } from './sign-out.ts'

const PASSWORD = 'correct horse battery'

let fresh: FreshDatabase
let sessions: Sessions
const passwords = createPasswords(createSemaphore({ maxConcurrent: 2, maxQueued: 64 }))

beforeAll(async () => {
  fresh = await freshDatabase()
  sessions = createSessions({ database: fresh.database, clock: systemClock, secureCookies: false })
})
afterAll(() => fresh.close())

const depsWith = (other: Passwords = passwords) => ({
  database: fresh.database,
  ...createTestAccess(fresh.database),
  sessions,
  passwords: other,
  clock: systemClock,
})

async function addAccount(passwordHash?: string): Promise<PersonViewer & { email: string }> {
  const person = await addPerson(fresh.database, 'pastor')
  await fresh.database.userCredential.create({
    data: { userId: person.userId, passwordHash: passwordHash ?? (await passwords.hash(PASSWORD)) },
  })
  return { ...person, email: `${person.userId}@church.example` }
}

const refusalOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => null,
    (error: Error) => ({ ...error, message: error.message, name: error.name }),
  )

const newestEntry = () => fresh.database.auditLog.findFirstOrThrow({ orderBy: { id: 'desc' } })

test('the right password creates a session, which is logged with its origin', async () => {
  const account = await addAccount()
  const { viewer, session } = await signIn(depsWith(), null, testOrigin, { email: account.email, password: PASSWORD })
  expect(viewer).toEqual({ kind: 'person', userId: account.userId, role: 'pastor', sessionId: session.sessionId })
  expect(await sessions.validate(session.token.reveal())).toEqual(viewer)
  expect(await newestEntry()).toMatchObject({
    action: 'session.signed_in',
    resourceId: session.sessionId,
    userId: account.userId,
    ...testOrigin,
  })
  const user = await fresh.database.user.findUniqueOrThrow({ where: { id: account.userId } })
  expect(user.lastLoginAt?.getTime()).toBeGreaterThan(Date.now() - 10_000)
})

test('the address may be typed in any case, with surrounding spaces', async () => {
  const account = await addAccount()
  const credentials = { email: ` ${account.email.toUpperCase()} `, password: PASSWORD }
  await expect(signIn(depsWith(), null, testOrigin, credentials)).resolves.toMatchObject({ viewer: { role: 'pastor' } })
})

test('unknown, wrong, inactive and invalid all look the same, and create no session', async () => {
  const account = await addAccount()
  const inactive = await addAccount()
  await fresh.database.user.update({ where: { id: inactive.userId }, data: { isActive: false } })
  const noPassword = await addPerson(fresh.database, 'pastor')
  const attempts = [
    { email: 'nobody@church.example', password: PASSWORD },
    { email: account.email, password: 'wrong horse battery' },
    { email: account.email, password: '' },
    { email: inactive.email, password: PASSWORD },
    { email: `${noPassword.userId}@church.example`, password: '' },
    { email: 'not an address', password: PASSWORD },
    { email: 'a\0b@church.example', password: 'nul\0' },
  ]
  const refusals = []
  for (const credentials of attempts) {
    refusals.push(await refusalOf(signIn(depsWith(), null, testOrigin, credentials)))
  }
  expect(refusals[0]).toMatchObject({
    code: 'UNAUTHENTICATED',
    message: 'The email address or the password is wrong. Check both and try again.',
  })
  for (const refusal of refusals) expect(refusal).toEqual(refusals[0])
  const entries = await fresh.database.auditLog.findMany({
    where: { action: 'session.sign_in_failed' },
    orderBy: { id: 'desc' },
    take: 5,
  })
  // For unknown accounts, the second and third attempt are aggregated into a later entry with their count.
  expect(entries.reverse().map((entry) => entry.metadata)).toEqual(
    ['unknown_account', 'wrong_password', 'wrong_password', 'inactive', 'wrong_password'].map((reason) => ({ reason })),
  )
  expect(await fresh.database.session.count({ where: { userId: { in: [account.userId, inactive.userId] } } })).toBe(0)
})

test('every attempt costs one password check and one audit entry, whoever it is for', async () => {
  const account = await addAccount()
  const checked: (string | null)[] = []
  const counting: Passwords = {
    ...passwords,
    verify: (passwordHash, password) => {
      checked.push(passwordHash === null ? null : 'a hash')
      return passwords.verify(passwordHash, password)
    },
  }
  const before = await fresh.database.auditLog.count()
  const otherOrigin = { ...testOrigin, ipAddress: '203.0.113.8' }
  await refusalOf(signIn(depsWith(counting), null, otherOrigin, { email: 'nobody@church.example', password: 'x' }))
  expect(await newestEntry()).toMatchObject({ resourceId: null, metadata: { reason: 'unknown_account' } })
  await refusalOf(signIn(depsWith(counting), null, testOrigin, { email: account.email, password: 'x' }))
  expect(checked).toEqual([null, 'a hash'])
  expect(await newestEntry()).toMatchObject({
    action: 'session.sign_in_failed',
    resource: 'user',
    resourceId: account.userId,
    userId: null,
    metadata: { reason: 'wrong_password' },
    ...testOrigin,
  })
  expect(await fresh.database.auditLog.count()).toBe(before + 2)
  expect(JSON.stringify(await newestEntry())).not.toContain(account.email)
})

test('signing in again ends the previous session of the request', async () => {
  const account = await addAccount()
  const credentials = { email: account.email, password: PASSWORD }
  const first = await signIn(depsWith(), null, testOrigin, credentials)
  const second = await signIn(depsWith(), first.viewer, testOrigin, credentials)
  expect(await sessions.isValid(first.viewer.sessionId)).toBe(false)
  expect(await sessions.isValid(second.viewer.sessionId)).toBe(true)
})

test('a hash with older parameters is replaced at sign-in', async () => {
  const weak = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 })
  const account = await addAccount(weak)
  const credentials = { email: account.email, password: PASSWORD }
  await signIn(depsWith(), null, testOrigin, credentials)
  const { passwordHash } = await fresh.database.userCredential.findUniqueOrThrow({ where: { userId: account.userId } })
  expect(passwordHash).toMatch(/\$m=19456,t=2,p=1\$/)
  await expect(signIn(depsWith(), null, testOrigin, credentials)).resolves.toBeDefined()
})

test.each(['deactivated', 'given a new password'])(
  'an account that is %s while its password is being checked gets no session',
  async (change) => {
    const account = await addAccount()
    const interferingPasswords: Passwords = {
      ...passwords,
      async verify(passwordHash, password) {
        const verdict = await passwords.verify(passwordHash, password)
        const where = { id: account.userId }
        if (change === 'deactivated') await fresh.database.user.update({ where, data: { isActive: false } })
        else {
          await fresh.database.userCredential.update({
            where: { userId: account.userId },
            data: { passwordHash: await passwords.hash('another password') },
          })
        }
        return verdict
      },
    }
    const attempt = signIn(depsWith(interferingPasswords), null, testOrigin, {
      email: account.email,
      password: PASSWORD,
    })
    await expect(attempt).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(await fresh.database.session.count({ where: { userId: account.userId } })).toBe(0)
  },
)

test('a concurrent revocation is waited for: no session is created after it', async () => {
  const account = await addAccount()
  const locked = Promise.withResolvers<void>()
  const mayCommit = Promise.withResolvers<void>()
  const passwordHash = await passwords.hash('another password')
  const change = fresh.database.$transaction(async (tx) => {
    await lockAccount(tx, account.userId)
    await tx.userCredential.update({ where: { userId: account.userId }, data: { passwordHash } })
    await sessions.endAllOf(tx, account.userId)
    locked.resolve()
    await mayCommit.promise
  })
  await locked.promise
  const attempt = refusalOf(signIn(depsWith(), null, testOrigin, { email: account.email, password: PASSWORD }))
  await vi.waitFor(async () => {
    const [row] = await fresh.database.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`
    expect(row?.count).toBe(1)
  })
  mayCommit.resolve()
  await change
  expect(await attempt).toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(await fresh.database.session.count({ where: { userId: account.userId } })).toBe(0)
})

test('a flood of attempts is refused with RATE_LIMITED, and costs no password check beyond the queue', async () => {
  const narrow = createPasswords(createSemaphore({ maxConcurrent: 1, maxQueued: 2 }))
  const attempts = Array.from({ length: 12 }, () =>
    refusalOf(signIn(depsWith(narrow), null, testOrigin, { email: 'nobody@church.example', password: 'x' })),
  )
  const codes = (await Promise.all(attempts)).map((refusal) => (refusal as { code?: string } | null)?.code)
  expect(codes.filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(1)
  expect(new Set(codes)).toEqual(new Set(['RATE_LIMITED', 'UNAUTHENTICATED']))
})

test('nobody can sign in while the audit log is unavailable', async () => {
  const account = await addAccount()
  const owner = new URL(fresh.url).username
  await asSuperuser((client) => client.query(`REVOKE INSERT ON audit_logs FROM ${owner}`), fresh.url)
  try {
    const attempt = signIn(depsWith(), null, testOrigin, { email: account.email, password: PASSWORD })
    await expect(attempt).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(await fresh.database.session.count({ where: { userId: account.userId } })).toBe(0)
  } finally {
    await asSuperuser((client) => client.query(`GRANT INSERT ON audit_logs TO ${owner}`), fresh.url)
  }
})

test('signing out ends the session, is logged, and can be repeated without an error', async () => {
  const account = await addAccount()
  const { viewer } = await signIn(depsWith(), null, testOrigin, { email: account.email, password: PASSWORD })
  await signOut(depsWith(), viewer, testOrigin)
  expect(await sessions.isValid(viewer.sessionId)).toBe(false)
  expect(await newestEntry()).toMatchObject({ action: 'session.signed_out', resourceId: viewer.sessionId })
  const entries = await fresh.database.auditLog.count()
  await signOut(depsWith(), viewer, testOrigin)
  expect(await fresh.database.auditLog.count()).toBe(entries)
})
