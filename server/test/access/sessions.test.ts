import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  type Person,
  password,
  type RunningChurch,
  type RunningNode,
  startChurch,
} from '../support/running-church.ts'
import { openSocket } from '../support/sockets.ts'

type SessionRow = { id: string; isCurrent: boolean; ipAddress: string; userAgent: string; lastUsedAt: string }

const list =
  '{ mySessions(first: 50) { totalCount nodes { id isCurrent ipAddress userAgent createdAt lastUsedAt expiresAt } } }'
const change = 'mutation($input: ChangePasswordInput!) { changePassword(input: $input) { viewer { email } } }'
const revoke = 'mutation($input: RevokeSessionInput!) { revokeSession(input: $input) { ok } }'

let church: RunningChurch
let node: RunningNode

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  node = await church.secondNode()
})
afterAll(() => church.close())

let count = 100
const addPastor = () => church.addPerson('pastor', `Pastor Number ${++count}`, count)

const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions.code) ?? []
const isSignedIn = async ({ cookie }: Pick<Person, 'cookie'>, at: Pick<RunningNode, 'ask'> = church) =>
  (await at.ask({ cookie }, '{ viewer { id } }')).data?.viewer !== null

async function sessionsOf(person: Person): Promise<SessionRow[]> {
  const { data } = await church.ask<{ mySessions: { totalCount: number; nodes: SessionRow[] } }>(person, list)
  expect(data?.mySessions.totalCount).toBe(data?.mySessions.nodes.length)
  return data?.mySessions.nodes ?? []
}

const entries = (where: { action: string; userId: string }) =>
  church.deps.database.auditLog.findMany({ where, orderBy: { id: 'asc' } })

describe('one’s own sessions', () => {
  it('are listed with their start and last use, and the current one is marked', async () => {
    const person = await addPastor()
    const phone = await church.signIn(person)
    const sessions = await sessionsOf(phone)
    expect(sessions).toHaveLength(2)
    expect(sessions.map(({ id, isCurrent }) => ({ id, isCurrent }))).toEqual([
      { id: phone.viewer.sessionId, isCurrent: true },
      { id: person.viewer.sessionId, isCurrent: false },
    ])
    expect(sessions[0]).toMatchObject({ ipAddress: '127.0.0.1', userAgent: expect.stringContaining('node') })
    expect(Date.parse(sessions[0]?.lastUsedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
  })

  it('are visible to nobody else, not even an admin, and visitors have none', async () => {
    const person = await addPastor()
    for (const other of [church.pastor, church.admin]) {
      expect((await sessionsOf(other)).map(({ id }) => id)).not.toContain(person.viewer.sessionId)
      const theirs = await church.ask(other, revoke, { input: { id: person.viewer.sessionId } })
      const missing = await church.ask(other, revoke, { input: { id: 'f'.repeat(64) } })
      expect(codesOf(theirs)).toEqual(['NOT_FOUND'])
      expect([theirs.data, theirs.errors]).toEqual([missing.data, missing.errors])
    }
    expect(await isSignedIn(person)).toBe(true)
    expect(codesOf(await church.ask(null, list))).toEqual(['UNAUTHENTICATED'])
  })

  it('are revoked one at a time, are logged, and end on every node with their sockets within a second', async () => {
    const person = await addPastor()
    const previous = await church.signIn(person)
    const sockets = [await openSocket(church.url, previous), await openSocket(node.url, previous)]
    const startedMs = performance.now()
    const { data } = await church.ask(person, revoke, { input: { id: previous.viewer.sessionId } })
    expect(data).toEqual({ revokeSession: { ok: true } })
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4403, 4403])
    expect(await isSignedIn(previous, node)).toBe(false)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    expect(await isSignedIn(person, node)).toBe(true)
    expect(await entries({ action: 'session.revoked', userId: person.userId })).toMatchObject([
      { resourceId: previous.viewer.sessionId, metadata: { reason: 'requested' }, ipAddress: '127.0.0.1' },
    ])
    expect(codesOf(await church.ask(person, revoke, { input: { id: previous.viewer.sessionId } }))).toEqual([
      'NOT_FOUND',
    ])
  })

  it('end with signOutElsewhere, except the current one', async () => {
    const person = await addPastor()
    const others = [await church.signIn(person), await church.signIn(person)]
    const { data } = await church.ask(person, 'mutation { signOutElsewhere { ended } }')
    expect(data).toEqual({ signOutElsewhere: { ended: 2 } })
    expect(await Promise.all(others.map((other) => isSignedIn(other, node)))).toEqual([false, false])
    expect(await isSignedIn(person, node)).toBe(true)
    expect(await entries({ action: 'session.revoked', userId: person.userId })).toHaveLength(2)
  })

  it('include the current one, and revoking it clears the cookie', async () => {
    const person = await addPastor()
    const response = await fetch(`${church.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: person.cookie },
      body: JSON.stringify({ query: revoke, variables: { input: { id: person.viewer.sessionId } } }),
    })
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^churchhub_session=; .*Max-Age=0/)])
    expect(await isSignedIn(person)).toBe(false)
  })

  it('end on the other node within a second of signing out, with their sockets and streams', async () => {
    const person = await addPastor()
    const { closed } = await openSocket(node.url, person)
    const stream = await fetch(`${node.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', cookie: person.cookie },
      body: JSON.stringify({ query: 'subscription { bookingChanged { cursor } }' }),
    })
    const streamEnd = stream.text()
    await wait(200)
    const startedMs = performance.now()
    await church.ask(person, 'mutation { signOut { ok } }')
    expect(await closed).toBe(4403)
    expect(await isSignedIn(person, node)).toBe(false)
    expect(await streamEnd).toContain('UNAUTHENTICATED')
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })
})

describe('changing the password', () => {
  const newPassword = 'another long password'

  it('ends all other sessions and their sockets, keeps this one, and logs no password', async () => {
    const person = await addPastor()
    const other = await church.signIn(person)
    const { closed } = await openSocket(node.url, other)
    const input = { currentPassword: password, newPassword }
    const { data } = await church.ask(person, change, { input })
    expect(data).toEqual({ changePassword: { viewer: { email: person.email } } })
    expect(await closed).toBe(4403)
    expect(await isSignedIn(other, node)).toBe(false)
    expect(await isSignedIn(person, node)).toBe(true)
    await expect(church.signIn(person)).rejects.toThrow('could not sign in')
    const changed = await entries({ action: 'password.changed', userId: person.userId })
    expect(changed).toMatchObject([{ resourceId: person.userId, metadata: { by: 'owner' } }])
    expect(await entries({ action: 'session.revoked', userId: person.userId })).toMatchObject([
      { resourceId: other.viewer.sessionId, metadata: { reason: 'password_changed' } },
    ])
    expect(JSON.stringify(await church.deps.database.auditLog.findMany())).not.toContain(newPassword)
  })

  it('needs the current password, and failed attempts count toward the sign-in limit', async () => {
    const person = await addPastor()
    const input = { currentPassword: 'a guess', newPassword }
    const refused = await church.ask(person, change, { input })
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'currentPassword' })
    for (let attempt = 1; attempt < 10; attempt++) await church.ask(person, change, { input })
    expect(codesOf(await church.ask(person, change, { input: { ...input, currentPassword: password } }))).toEqual([
      'RATE_LIMITED',
    ])
    await expect(church.signIn(person)).rejects.toThrow('RATE_LIMITED')
  })

  it.each([
    ['short', 'elevenchars'],
    ['long', 'x'.repeat(257)],
  ])('rejects one that is too %s, naming the field and without repeating it', async (_what, unfit) => {
    const person = await addPastor()
    const answer = await church.ask(person, change, { input: { currentPassword: password, newPassword: unfit } })
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'newPassword' })
    expect(answer.text).not.toContain(unfit)
    expect(await isSignedIn(await church.signIn(person))).toBe(true)
  })

  it.each([
    ['123456789012', 'is too common'],
    ['aaaaaaaaaaaa', 'must not repeat'],
    ['passwordpassword', 'must not repeat'],
    ['            ', 'must not repeat'],
    ['qwertyuiopas', 'is too common'],
    ['TestChurch2026', 'must not consist of your name, email address or church'],
  ])('rejects %j, which is easy to guess, and gives the reason on its field', async (weak, reason) => {
    const person = await addPastor()
    const { errors, text } = await church.ask(person, change, {
      input: { currentPassword: password, newPassword: weak },
    })
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'newPassword' })
    expect(errors?.[0]?.message).toContain(reason)
    expect(text).not.toContain(weak)
    // The current password was right, so this is no failed attempt, and it stays valid.
    expect(await isSignedIn(await church.signIn(person))).toBe(true)
  })

  it('rejects the user’s own address as a password', async () => {
    const person = await addPastor()
    const input = { currentPassword: password, newPassword: person.email.toUpperCase() }
    expect((await church.ask(person, change, { input })).errors?.[0]?.extensions.field).toBe('newPassword')
  })
})
