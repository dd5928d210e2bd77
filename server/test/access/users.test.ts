import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addBooking } from '../support/parish.ts'
import {
  type Answer,
  type Person,
  type RunningChurch,
  type RunningNode,
  startChurch,
} from '../support/running-church.ts'
import { openSocket } from '../support/sockets.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
let node: RunningNode

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  node = await church.secondNode()
})
afterAll(() => church.close())

let count = 200
const add = (role: 'pastor' | 'admin' = 'pastor') => church.addPerson(role, `Person Number ${++count}`, count)
const idOf = ({ userId }: Pick<Person, 'userId'>) => Buffer.from(`User:${userId}`).toString('base64')
const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions.code) ?? []
const errorOf = ({ errors }: Answer) => errors?.[0]?.extensions

function act(
  actor: Person | null,
  verb: 'deactivateUser' | 'reactivateUser',
  person: Pick<Person, 'userId'>,
  at = church.ask,
) {
  const Input = `${verb[0]?.toUpperCase()}${verb.slice(1)}Input`
  return at(actor, `mutation($input: ${Input}!) { ${verb}(input: $input) { user { isActive } } }`, {
    input: { id: idOf(person) },
  })
}

const changeMutation =
  'mutation($input: ChangeUserInput!) { changeUser(input: $input) { user { name role email bio } } }'
const change = (actor: Person | null, person: Pick<Person, 'userId'>, changes: Record<string, unknown>) =>
  church.ask(actor, changeMutation, { input: { id: idOf(person), ...changes } })

const isSignedIn = async ({ cookie }: Person, at: Pick<RunningNode, 'ask'> = church) =>
  (await at.ask({ cookie }, '{ viewer { id } }')).data?.viewer !== null
const rowOf = ({ userId }: Person) => church.deps.database.user.findUniqueOrThrow({ where: { id: userId } })
const waitingJobs = async () => {
  const [row] = await church.deps.database.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'apply-waiting-deliveries'`
  return row?.count ?? 0
}

/** Without the entries that record a user's identity, which test/operations/audit-tampering.test.ts covers. */
async function entriesAbout(resourceId: string) {
  const where = { resourceId, action: { not: 'user.identity_recorded' } }
  const entries = await church.deps.database.auditLog.findMany({ where, orderBy: { id: 'asc' } })
  return entries.map(({ action, userId, metadata }) => ({ action, userId, metadata }))
}

describe('the list of users', () => {
  const query = `query($filter: UserFilter, $first: Int, $after: String) {
    users(filter: $filter, first: $first, after: $after) { totalCount nodes { name email } pageInfo { endCursor hasNextPage } }
  }`
  type Page = {
    users: {
      totalCount: number
      nodes: { name: string; email: string }[]
      pageInfo: { endCursor: string; hasNextPage: boolean }
    }
  }

  it('is paged by name, for admins', async () => {
    const all = (await church.ask<Page>(church.admin, query, { first: 100 })).data?.users.nodes ?? []
    expect(all.map(({ name }) => name)).toEqual(all.map(({ name }) => name).toSorted())
    const first = (await church.ask<Page>(church.admin, query, { first: 2 })).data?.users
    const after = first?.pageInfo.endCursor
    const second = (await church.ask<Page>(church.admin, query, { first: 2, after })).data?.users
    expect([...(first?.nodes ?? []), ...(second?.nodes ?? [])]).toEqual(all.slice(0, 4))
    expect(first?.totalCount).toBe(all.length)
  })

  it('filters by role, status and part of a name or an address', async () => {
    const deactivated = await add()
    await act(church.admin, 'deactivateUser', deactivated)
    const emails = async (filter: Record<string, unknown>) =>
      (await church.ask<Page>(church.admin, query, { filter, first: 100 })).data?.users.nodes.map(({ email }) => email)
    expect(await emails({ role: ['ADMIN'] })).toContain(church.admin.email)
    expect(await emails({ role: ['ADMIN'] })).not.toContain(church.pastor.email)
    expect(await emails({ isActive: false })).toEqual([deactivated.email])
    expect(await emails({ search: 'LYDIA' })).toEqual([church.otherPastor.email])
    expect(await emails({ search: '%' })).toEqual([])
  })

  it('shows only admins who has no password yet', async () => {
    const person = await add()
    const hasPassword = async (actor: Person) =>
      (
        await church.ask<{ user: { hasPassword: boolean | null } }>(
          actor,
          `{ user(id: "${idOf(person)}") { hasPassword } }`,
        )
      ).data?.user.hasPassword
    expect([await hasPassword(church.admin), await hasPassword(person)]).toEqual([true, null])
    await church.deps.database.userCredential.delete({ where: { userId: person.userId } })
    expect([await hasPassword(church.admin), await hasPassword(person)]).toEqual([false, null])
  })

  it('is refused to pastors and visitors', async () => {
    expect(codesOf(await church.ask(church.pastor, query))).toEqual(['FORBIDDEN'])
    expect(codesOf(await church.ask(null, query))).toEqual(['UNAUTHENTICATED'])
  })
})

describe('deactivating a user', () => {
  it('ends sign-in, sessions and sockets on every node within a second, and is logged', async () => {
    const person = await add()
    const { closed } = await openSocket(node.url, person)
    const startedMs = performance.now()
    expect((await act(church.admin, 'deactivateUser', person)).data).toEqual({
      deactivateUser: { user: { isActive: false } },
    })
    expect(await closed).toBe(4403)
    expect(await isSignedIn(person, node)).toBe(false)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    await expect(church.signIn(person)).rejects.toThrow('UNAUTHENTICATED')
    expect((await entriesAbout(person.userId)).at(-2)).toEqual({
      action: 'user.deactivated',
      userId: church.admin.userId,
      metadata: null,
    })
    expect((await entriesAbout(person.viewer.sessionId)).at(-1)).toEqual({
      action: 'session.revoked',
      userId: church.admin.userId,
      metadata: { reason: 'deactivated', subjectUserId: person.userId },
    })
  })

  it('is undone by reactivating, with the same password; the sessions stay ended', async () => {
    const person = await add()
    await act(church.admin, 'deactivateUser', person)
    expect((await act(church.admin, 'reactivateUser', person)).data).toEqual({
      reactivateUser: { user: { isActive: true } },
    })
    expect(await isSignedIn(person)).toBe(false)
    expect(await isSignedIn(await church.signIn(person))).toBe(true)
    expect((await entriesAbout(person.userId)).map(({ action }) => action)).toContain('user.reactivated')
  })

  it('is refused for oneself', async () => {
    expect(errorOf(await act(church.admin, 'deactivateUser', church.admin))).toMatchObject({ code: 'CONFLICT' })
    expect(await isSignedIn(church.admin)).toBe(true)
  })

  it('leaves one admin when two deactivate each other concurrently on two nodes', async () => {
    const [one, other] = [await add('admin'), await add('admin')]
    const lockHeld = Promise.withResolvers<void>()
    const mayGo = Promise.withResolvers<void>()
    // Both have started and are blocked on each other's account until the lock is released.
    const lockingTransaction = church.deps.database.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT FROM users WHERE id IN (${one.userId}::uuid, ${other.userId}::uuid) FOR UPDATE`
      lockHeld.resolve()
      await mayGo.promise
    })
    await lockHeld.promise
    const both = Promise.all([act(one, 'deactivateUser', other), act(other, 'deactivateUser', one, node.ask)])
    await vi.waitFor(async () => {
      const [row] = await church.deps.database.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`
      expect(row?.count).toBe(2)
    })
    mayGo.resolve()
    await lockingTransaction
    expect((await both).flatMap(codesOf)).toEqual(['FORBIDDEN'])
    const active = [await rowOf(one), await rowOf(other)].filter(({ isActive }) => isActive)
    expect(active).toHaveLength(1)
  })

  it('needs an admin and an existing user', async () => {
    const person = await add()
    expect(codesOf(await act(church.pastor, 'deactivateUser', person))).toEqual(['FORBIDDEN'])
    expect(codesOf(await act(null, 'deactivateUser', person))).toEqual(['UNAUTHENTICATED'])
    const unknownUser = { userId: '01890000-0000-7000-8000-000000000000' }
    expect(codesOf(await act(church.admin, 'deactivateUser', unknownUser))).toEqual(['NOT_FOUND'])
    expect(codesOf(await act(church.admin, 'reactivateUser', unknownUser))).toEqual(['NOT_FOUND'])
    expect(await isSignedIn(person)).toBe(true)
  })
})

describe('changing a user', () => {
  it('updates only the given fields, and logs their names', async () => {
    const person = await add()
    const { data } = await change(church.admin, person, { name: 'Eunice', bio: 'Wide of heart', churchName: null })
    expect(data).toMatchObject({ changeUser: { user: { name: 'Eunice', bio: 'Wide of heart', email: person.email } } })
    expect(await rowOf(person)).toMatchObject({ churchName: 'Test Church' })
    expect((await entriesAbout(person.userId)).at(-1)).toMatchObject({
      action: 'user.changed',
      userId: church.admin.userId,
      metadata: { changed: expect.arrayContaining(['name', 'bio']) },
    })
    expect(JSON.stringify(await entriesAbout(person.userId))).not.toContain('Eunice')
    const changed = await church.deps.database.auditLog.findMany({
      where: { action: 'user.changed', resourceId: person.userId },
    })
    expect(changed.map(({ resource }) => resource)).toEqual(['user'])
    expect(await isSignedIn(person)).toBe(true)
  })

  it('ends the sessions of a user whose role changes', async () => {
    const person = await add()
    const { closed } = await openSocket(node.url, person)
    await change(church.admin, person, { role: 'ADMIN' })
    expect(await closed).toBe(4403)
    expect(await isSignedIn(person, node)).toBe(false)
    const again = await church.signIn(person)
    expect(codesOf(await church.ask(again, '{ users { totalCount } }'))).toEqual([])
  })

  it('is refused for one’s own role, and for the address of a user who has a password', async () => {
    expect(codesOf(await change(church.admin, church.admin, { role: 'PASTOR' }))).toEqual(['CONFLICT'])
    const moved = await change(church.admin, church.pastor, { email: 'mine@church.example' })
    expect(errorOf(moved)).toMatchObject({ code: 'CONFLICT', field: 'email' })
    expect(await rowOf(church.pastor)).toMatchObject({ email: church.pastor.email })
  })

  // Fails without the check: the new address got the invitation, and with it the bookings.
  it('is refused for the address of a user with bookings, even if they were only invited', async () => {
    const person = await add()
    await church.deps.database.userCredential.delete({ where: { userId: person.userId } })
    expect(codesOf(await change(church.admin, person, { email: `corrected-${count}@church.example` }))).toEqual([])
    await addBooking(church.deps, person)
    const moved = await change(church.admin, person, { email: 'mine@church.example' })
    expect(errorOf(moved)).toMatchObject({ code: 'CONFLICT', field: 'email' })
  })

  // Fails without the refusal: both changes succeeded.
  it.each(['calUserId', 'schedulingUsername'])(
    'does not release the %s of a user who has bookings under it',
    async (field) => {
      const person = await add()
      await addBooking(church.deps, person, { columns: { status: 'cancelled' } })
      const before = await rowOf(person)
      const freed = await change(church.admin, person, { [field]: `away-${count}` })
      expect(errorOf(freed)).toMatchObject({ code: 'CONFLICT', field })
      expect(await rowOf(person)).toEqual(before)
      expect(codesOf(await change(church.admin, person, { name: 'Damaris', schedulingLink: '' }))).toEqual([])
    },
  )

  it('adds a missing Cal.com username, with or without bookings', async () => {
    const person = await add()
    await addBooking(church.deps, person)
    const { database } = church.deps
    await database.user.update({ where: { id: person.userId }, data: { calUserId: `none:${person.userId}` } })
    expect(codesOf(await change(church.admin, person, { calUserId: '4711' }))).toEqual([])
    expect(await rowOf(person)).toMatchObject({ calUserId: '4711' })
    expect(errorOf(await change(church.admin, person, { calUserId: '4712' }))).toMatchObject({ field: 'calUserId' })
  })

  it('retries deliveries waiting for a Cal.com username, as only creating a user does too', async () => {
    const before = await waitingJobs()
    const person = await add()
    expect(await waitingJobs()).toBe(before + 1)
    await change(church.admin, person, { name: 'Lois' })
    expect(await waitingJobs()).toBe(before + 1)
    await change(church.admin, person, { schedulingUsername: `renamed-${count}` })
    expect(await waitingJobs()).toBe(before + 2)
  })

  it('rejects values in use and invalid values on their field', async () => {
    const person = await add()
    // In another case as well, because an organizer is matched case-insensitively.
    for (const schedulingUsername of ['pastor-lydia', 'Pastor-LYDIA']) {
      const taken = await change(church.admin, person, { schedulingUsername })
      expect(errorOf(taken)).toMatchObject({ code: 'CONFLICT', field: 'schedulingUsername' })
    }
    for (const [field, value] of Object.entries({ name: ' ', schedulingLink: 'javascript:alert(1)', email: 'x' })) {
      expect(errorOf(await change(church.admin, person, { [field]: value }))).toMatchObject({
        code: 'BAD_USER_INPUT',
        field,
      })
    }
  })

  it('needs an admin', async () => {
    expect(codesOf(await change(church.pastor, church.pastor, { role: 'ADMIN' }))).toEqual(['FORBIDDEN'])
    expect(codesOf(await change(null, church.pastor, { name: 'X' }))).toEqual(['UNAUTHENTICATED'])
  })
})

describe('one user by ID', () => {
  const query = 'query($id: ID!) { user(id: $id) { name email } }'
  const find = (actor: Person | null, person: Pick<Person, 'userId'>) => church.ask(actor, query, { id: idOf(person) })

  it('is oneself, or anyone for an admin; other users look nonexistent, byte for byte', async () => {
    expect((await find(church.pastor, church.pastor)).data).toMatchObject({ user: { email: church.pastor.email } })
    expect((await find(church.admin, church.pastor)).data).toMatchObject({ user: { email: church.pastor.email } })
    const [theirs, missing] = [
      await find(church.pastor, church.otherPastor),
      await find(church.pastor, { userId: '01890000-0000-7000-8000-000000000000' }),
    ]
    expect(codesOf(theirs)).toEqual(['NOT_FOUND'])
    expect(theirs.errors).toEqual(missing.errors)
    expect(codesOf(await find(church.pastor, { userId: 'odd' }))).toEqual(['NOT_FOUND'])
    expect(codesOf(await find(null, church.pastor))).toEqual(['UNAUTHENTICATED'])
  })
})

describe('one’s own profile', () => {
  const mutation = `mutation($input: UpdateProfileInput!) {
    updateProfile(input: $input) { viewer { name churchName bio schedulingLink } } }`
  const update = (person: Person | null, input: Record<string, unknown>) => church.ask(person, mutation, { input })

  it('updates only the given fields, and logs their names', async () => {
    const person = await add()
    expect((await update(person, { bio: 'A shepherd', churchName: null })).data).toMatchObject({
      updateProfile: { viewer: { bio: 'A shepherd', churchName: 'Test Church' } },
    })
    expect((await update(person, { bio: '', name: 'Phoebe' })).data).toMatchObject({
      updateProfile: { viewer: { bio: '', name: 'Phoebe' } },
    })
    expect((await entriesAbout(person.userId)).at(-1)).toEqual({
      action: 'user.changed',
      userId: person.userId,
      metadata: { changed: expect.arrayContaining(['name', 'bio']) },
    })
    expect(await isSignedIn(person)).toBe(true)
  })

  it('rejects invalid values on their field, and leaves admin-only fields to admins', async () => {
    const person = await add()
    const before = await rowOf(person)
    expect(errorOf(await update(person, { name: ' ' }))).toEqual({ code: 'BAD_USER_INPUT', field: 'name' })
    expect(errorOf(await update(person, { schedulingLink: 'javascript:alert(1)' }))).toMatchObject({
      field: 'schedulingLink',
    })
    for (const input of [{ role: 'ADMIN' }, { email: 'x@church.example' }, { calUserId: '1' }]) {
      expect((await update(person, input)).errors).toHaveLength(1)
    }
    expect(await rowOf(person)).toEqual(before)
  })

  it('can’t be changed with a token, whatever its scopes', async () => {
    const lockHeld = await addToken(church, church.admin, ['users:read', 'users:write'])
    expect(errorOf(await askWithToken(church, lockHeld, mutation, { input: { bio: 'x' } }))).toEqual({
      code: 'FORBIDDEN',
      missingScopes: [],
      sessionFields: ['Mutation.updateProfile'],
    })
    expect(codesOf(await update(null, { bio: 'x' }))).toEqual(['UNAUTHENTICATED'])
  })
})

describe('an admin’s token', () => {
  it('lists users with users:read, and changes them with users:write', async () => {
    const list = '{ users(first: 1) { totalCount nodes { name } } }'
    const reader = await addToken(church, church.admin, ['users:read'])
    const other = await addToken(church, church.admin, ['forms:read'])
    const person = await add()
    const changing = { input: { id: idOf(person), bio: 'x' } }
    expect((await askWithToken(church, reader, list)).errors).toBeUndefined()
    expect(errorOf(await askWithToken(church, other, list))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['users:read'],
      missingScopes: [['users:read']],
    })
    expect(errorOf(await askWithToken(church, reader, changeMutation, changing))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['users:write'],
      missingScopes: [['users:write']],
    })
    const ofPastor = await addToken(church, church.pastor, ['users:read'])
    expect(errorOf(await askWithToken(church, ofPastor, list))).toMatchObject({ code: 'FORBIDDEN' })
  })
})
