import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addPerson, testOrigin } from '../../../test/support/parish.ts'
import type { Clock } from '../../platform/clock.ts'
import type { PersonViewer } from '../access/viewer.ts'
import { createSessions, type NewSession, SESSION_DAYS, type Sessions } from './sessions.ts'

const DAY_MS = 86_400_000

let fresh: FreshDatabase
let sessions: Sessions
let pastor: PersonViewer
let nowMs = 0
const clock: Clock = { now: () => new Date(nowMs) }

beforeAll(async () => {
  fresh = await freshDatabase()
  sessions = createSessions({ database: fresh.database, clock, secureCookies: true })
})
afterAll(() => fresh.close())
beforeEach(async () => {
  nowMs = Date.parse('2026-11-22T09:00:00Z')
  pastor = await addPerson(fresh.database, 'pastor')
})

const createSession = (userId = pastor.userId): Promise<NewSession> =>
  fresh.database.$transaction((tx) => sessions.create(tx, userId, testOrigin))

const validate = (session: NewSession) => sessions.validate(session.token.reveal())

/** The IDs announced to other nodes while `work` runs. */
async function noticesDuring(work: () => Promise<unknown>): Promise<string[]> {
  const listener = new Client({ connectionString: fresh.url })
  const notified: string[] = []
  listener.on('notification', (notice) => notified.push(notice.payload ?? ''))
  await listener.connect()
  await listener.query('LISTEN session_ended')
  try {
    await work()
    // A notification arrives before the response to the listener's next query.
    await listener.query('SELECT 1')
    return notified
  } finally {
    await listener.end()
  }
}

test('a session is found by its token only, and identifies its user', async () => {
  const session = await createSession()
  expect(await validate(session)).toEqual({
    kind: 'person',
    userId: pastor.userId,
    role: 'pastor',
    sessionId: session.sessionId,
  })
  expect(await sessions.isValid(session.sessionId)).toBe(true)
  // The ID from a dump of the table is no valid token.
  expect(await sessions.validate(session.sessionId)).toBeNull()
  expect(await sessions.validate('abcdefghijklmnopqrstuvwxyz234567abcdefgh')).toBeNull()
})

test('the token is not in the table, but the session’s origin is', async () => {
  const session = await createSession()
  const row = await fresh.database.session.findUniqueOrThrow({ where: { id: session.sessionId } })
  expect(JSON.stringify(row)).not.toContain(session.token.reveal())
  expect(row).toMatchObject({ userId: pastor.userId, ...testOrigin, createdAt: clock.now() })
  expect(row.expiresAt.getTime()).toBeCloseTo(nowMs + SESSION_DAYS * DAY_MS, -2)
})

test('every sign-in has a new token', async () => {
  const tokens = await Promise.all([createSession(), createSession(), createSession()])
  expect(new Set(tokens.map((session) => session.token.reveal())).size).toBe(3)
})

test('an unused session expires after its days', async () => {
  const session = await createSession()
  nowMs += SESSION_DAYS * DAY_MS + 60_000
  expect(await sessions.isValid(session.sessionId)).toBe(false)
  expect(await validate(session)).toBeNull()
  expect(await fresh.database.session.count({ where: { id: session.sessionId } })).toBe(0)
})

test('use in the second half of its days renews a session', async () => {
  const session = await createSession()
  nowMs += 16 * DAY_MS
  expect(await validate(session)).not.toBeNull()
  nowMs += 29 * DAY_MS
  expect(await validate(session)).not.toBeNull()
})

test('use in the first half updates only the last use, at most every ten minutes', async () => {
  const session = await createSession()
  const row = () => fresh.database.session.findUniqueOrThrow({ where: { id: session.sessionId } })
  const before = await row()
  nowMs += 9 * 60_000
  await validate(session)
  expect(await row()).toEqual(before)
  nowMs += 14 * DAY_MS
  await validate(session)
  expect(await row()).toEqual({ ...before, lastUsedAt: clock.now() })
})

test('a deactivated user has no valid session', async () => {
  const session = await createSession()
  await fresh.database.user.update({ where: { id: pastor.userId }, data: { isActive: false } })
  expect(await validate(session)).toBeNull()
  expect(await sessions.isValid(session.sessionId)).toBe(false)
})

test('a change of role applies from the next request', async () => {
  const session = await createSession()
  await fresh.database.user.update({ where: { id: pastor.userId }, data: { role: 'admin' } })
  expect(await validate(session)).toMatchObject({ role: 'admin' })
})

test('a session ends once, and every node is notified of its id', async () => {
  const session = await createSession()
  const notified = await noticesDuring(async () => {
    expect(await fresh.database.$transaction((tx) => sessions.end(tx, session.sessionId))).toBe(true)
    expect(await sessions.end(fresh.database, session.sessionId)).toBe(false)
  })
  expect(notified).toEqual([session.sessionId])
  expect(await validate(session)).toBeNull()
  expect(await sessions.isValid(session.sessionId)).toBe(false)
})

test('an end that is rolled back has no effect and sends no notification', async () => {
  const session = await createSession()
  const notified = await noticesDuring(() =>
    fresh.database
      .$transaction(async (tx) => {
        await sessions.end(tx, session.sessionId)
        throw new Error('changed my mind')
      })
      .catch(() => undefined),
  )
  expect(notified).toEqual([])
  expect(await validate(session)).not.toBeNull()
})

test('all of a user’s sessions except the current one end, and nobody else’s', async () => {
  const colleague = await addPerson(fresh.database, 'pastor')
  const [mine, phone, tablet, theirs] = [
    await createSession(),
    await createSession(),
    await createSession(),
    await createSession(colleague.userId),
  ]
  const notified = await noticesDuring(async () => {
    expect(await sessions.endAllOf(fresh.database, pastor.userId, mine.sessionId)).toHaveLength(2)
  })
  expect(notified.sort()).toEqual([phone.sessionId, tablet.sessionId].sort())
  expect(
    await Promise.all([mine, phone, tablet, theirs].map(async (session) => (await validate(session)) !== null)),
  ).toEqual([true, false, false, true])
  expect(await sessions.endAllOf(fresh.database, pastor.userId)).toEqual([mine.sessionId])
})

test('expired sessions are deleted, valid ones are not', async () => {
  const old = await createSession()
  nowMs += 20 * DAY_MS
  const young = await createSession()
  nowMs += 15 * DAY_MS
  await sessions.deleteExpired()
  const remaining = await fresh.database.session.findMany({ where: { userId: pastor.userId }, select: { id: true } })
  expect(remaining).toEqual([{ id: young.sessionId }])
  expect(remaining).not.toContainEqual({ id: old.sessionId })
})

test('the cookie is HttpOnly, SameSite, and Secure over TLS', async () => {
  const session = await createSession()
  const cookie = sessions.cookieFor(session.token)
  expect(cookie.split('; ').slice(1).sort()).toEqual([
    'HttpOnly',
    'Max-Age=34560000',
    'Path=/',
    'SameSite=Lax',
    'Secure',
  ])
  expect(sessions.readCookie(cookie.split(';')[0])).toBe(session.token.reveal())
  expect(sessions.expiredCookie()).toMatch(/^__Host-churchhub_session=; .*Max-Age=0/)
  const plain = createSessions({ database: fresh.database, clock, secureCookies: false })
  expect(plain.cookieFor(session.token)).not.toMatch(/Secure|__Host-/)
  expect(plain.readCookie(cookie.split(';')[0])).toBeNull()
})
