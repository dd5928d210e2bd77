import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addPerson, createTestAccess, testOrigin } from '../../../../test/support/parish.ts'
import { newId } from '../../../platform/ids.ts'
import { deleteExpiredSessions } from './delete-expired-sessions.ts'

const DAY_MS = 86_400_000

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())

test('deletes expired rows and keeps valid ones', async () => {
  const { database } = fresh
  let nowMs = Date.parse('2026-11-22T09:00:00Z')
  const clock = { now: () => new Date(nowMs) }
  const { sessions, loginThrottle, rateLimiter } = createTestAccess(database, clock)
  const { userId } = await addPerson(database, 'pastor')
  const createSession = () => database.$transaction((tx) => sessions.create(tx, userId, testOrigin))
  const addLink = () =>
    database.mailLink.create({ data: { id: newId(), userId, purpose: 'password_reset', expiresAt: clock.now() } })
  const attempt = (email: string) =>
    loginThrottle.run({ kind: 'password', email, ipAddress: '203.0.113.7' }, async () => undefined)
  const spend = (ipAddress: string) => rateLimiter.spend(null, { ...testOrigin, ipAddress }, 60_000)

  await createSession()
  await addLink()
  await attempt('old@church.example')
  await spend('203.0.113.7')
  nowMs += 31 * DAY_MS
  const { sessionId } = await createSession()
  const { id: linkId } = await addLink()
  await attempt('new@church.example')
  await spend('203.0.113.8')
  await deleteExpiredSessions({ database, sessions, loginThrottle, rateLimiter, clock })

  expect(await database.session.findMany()).toMatchObject([{ id: sessionId }])
  expect(await database.mailLink.findMany()).toMatchObject([{ id: linkId }])
  // The counters of the new attempt, by address pair and by account.
  expect(await database.signInAttempt.count()).toBe(2)
  expect(await database.apiBudget.count()).toBe(1)
})
