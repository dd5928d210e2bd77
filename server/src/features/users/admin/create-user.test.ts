import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { createTestAccess, createTestIdentities, testOrigin } from '../../../../test/support/parish.ts'
import { createPasswords } from '../../../core/access/passwords.ts'
import { systemClock } from '../../../platform/clock.ts'
import { createSemaphore } from '../../../platform/concurrency/semaphore.ts'
import { newId } from '../../../platform/ids.ts'
import { type NewUser, newUserFormat } from '../model.ts'
import { signIn } from '../sessions/sign-in.ts'
import { createUser } from './create-user.ts'
import type { UserCreator } from './insert-user.ts'

let fresh: FreshDatabase
const passwords = createPasswords(createSemaphore({ maxConcurrent: 2, maxQueued: 64 }))
const byCommand: UserCreator = { by: 'command', userId: null, origin: null }
const deps = () => ({
  database: fresh.database,
  passwords,
  clock: systemClock,
  newId,
  identities: createTestIdentities(fresh.database),
})

beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())

function newUser(change: Partial<NewUser> = {}): NewUser {
  const name = newId()
  return {
    email: `${name}@church.example`,
    name: 'Ruth Okafor',
    churchName: 'St. Mark',
    role: 'pastor',
    bio: null,
    calUserId: name,
    schedulingUsername: name,
    schedulingLink: `https://cal.example/${name}`,
    password: 'correct horse battery',
    ...change,
  }
}

test('a new user can sign in, and their creation is logged without their name', async () => {
  const input = newUser()
  const { userId } = await createUser(deps(), byCommand, input)
  const access = createTestAccess(fresh.database)
  await expect(signIn({ ...deps(), ...access }, null, testOrigin, input)).resolves.toMatchObject({ viewer: { userId } })
  const entry = await fresh.database.auditLog.findFirstOrThrow({
    where: { action: 'user.created', resourceId: userId },
  })
  expect(entry).toMatchObject({ resource: 'user', userId: null, metadata: { role: 'pastor', by: 'command' } })
  expect(JSON.stringify(entry)).not.toContain(input.email)
})

test('the password is stored as an argon2id hash and nowhere else', async () => {
  const { userId } = await createUser(deps(), byCommand, newUser({ password: 'a very particular phrase' }))
  const user = await fresh.database.user.findUniqueOrThrow({ where: { id: userId }, include: { credential: true } })
  expect(user.credential?.passwordHash).toMatch(/^\$argon2id\$/)
  expect(JSON.stringify(user)).not.toContain('particular')
})

test.each(['email', 'calUserId', 'schedulingUsername'] as const)(
  'a second user with the same %s is rejected',
  async (field) => {
    const first = newUser()
    await createUser(deps(), byCommand, first)
    const before = await fresh.database.user.count()
    const second = createUser(deps(), byCommand, newUser({ [field]: first[field] }))
    await expect(second).rejects.toMatchObject({ code: 'CONFLICT', extensions: { field } })
    await expect(second).rejects.not.toMatchObject({ message: expect.stringContaining(first[field]) })
    expect(await fresh.database.user.count()).toBe(before)
  },
)

test('two concurrent requests create the same user once', async () => {
  const input = newUser()
  const results = await Promise.allSettled([1, 2, 3].map(() => createUser(deps(), byCommand, input)))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  expect(await fresh.database.user.count({ where: { email: input.email } })).toBe(1)
  expect(
    await fresh.database.auditLog.count({
      where: { action: 'user.created', metadata: { path: ['by'], equals: 'command' } },
    }),
  ).toBe(await fresh.database.user.count())
})

test('an address is stored in lower case without surrounding spaces', () => {
  expect(newUserFormat.parse(newUser({ email: '  Ruth@Church.Example ' })).email).toBe('ruth@church.example')
})

test.each<[string, Partial<NewUser>]>([
  ['email', { email: 'ruth' }],
  ['email', { email: `${'r'.repeat(250)}@church.example` }],
  ['name', { name: '  ' }],
  ['name', { name: 'Ruth\nOkafor' }],
  ['churchName', { churchName: 'x'.repeat(256) }],
  ['schedulingLink', { schedulingLink: 'javascript:alert(1)' }],
  ['password', { password: 'elevenchars' }],
  ['password', { password: 'x'.repeat(257) }],
  ['password', { email: 'ruth.okafor@church.example', password: 'Ruth.Okafor@church.example ' }],
])('a new user with an invalid %s is rejected on that field', (field, change) => {
  const parsed = newUserFormat.safeParse(newUser(change))
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([field])
})
