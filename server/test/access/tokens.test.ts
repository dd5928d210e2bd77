import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scopesOfRole } from '../../src/core/access/role-scopes.ts'
import { allScopes, type Scope } from '../../src/core/access/scopes.ts'
import { addBooking } from '../support/parish.ts'
import { type Person, type RunningChurch, type RunningNode, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken, type IssuedToken, socketBy } from '../support/tokens.ts'

let church: RunningChurch
let node: RunningNode

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  node = await church.secondNode()
})
afterAll(() => church.close())

const create = `mutation($input: CreateApiTokenInput!) {
  createApiToken(input: $input) { token apiToken { name prefix scopes isActive expiresAt lastUsedAt revokedAt owner { id } } }
}`
const revoke = 'mutation($id: ID!) { revokeApiToken(input: { id: $id }) { apiToken { isActive revokedAt } } }'
const titles = '{ bookings { nodes { id } totalCount } }'
const dayMs = 24 * 3_600_000

/** Whether a node accepts a token. */
const isAccepted = async (apiToken: Pick<IssuedToken, 'token'>, at: Pick<RunningNode, 'ask' | 'url'> = church) =>
  (await askWithToken(at, apiToken, '{ apiTokenScopes { name } }')).status === 200

const rowOf = ({ rowId }: IssuedToken) => church.deps.database.apiToken.findUniqueOrThrow({ where: { id: rowId } })

describe('creating a token', () => {
  it('returns the token once, and stores only its hash and a recognizable prefix', async () => {
    const { data, text } = await church.ask<{ createApiToken: { token: string; apiToken: Record<string, unknown> } }>(
      church.pastor,
      create,
      { input: { name: '  Weekly sheet ', scopes: ['users:read', 'bookings:read', 'bookings:read'] } },
    )
    const { token = '', apiToken = {} } = data?.createApiToken ?? {}
    expect(token).toMatch(/^chub_[A-Za-z0-9_-]{43}$/)
    expect(apiToken).toMatchObject({
      name: 'Weekly sheet',
      prefix: token.slice(0, 11),
      scopes: ['bookings:read', 'users:read'],
      isActive: true,
      lastUsedAt: null,
      revokedAt: null,
    })
    const days = (new Date(String(apiToken.expiresAt)).getTime() - Date.now()) / dayMs
    expect(days).toBeGreaterThan(89)
    expect(days).toBeLessThanOrEqual(90)
    expect(text.split(token)).toHaveLength(2)
    const rows = await church.deps.database.$queryRaw<{ row: string }[]>`
      SELECT to_jsonb(token)::text AS row FROM api_tokens token UNION ALL SELECT to_jsonb(entry)::text FROM audit_logs entry`
    expect(rows.filter(({ row }) => row.includes(token))).toEqual([])
  })

  it('is logged with its scopes but without its name', async () => {
    const apiToken = await addToken(church, church.pastor, ['bookings:read'])
    const entry = await church.deps.database.auditLog.findFirstOrThrow({ where: { resourceId: apiToken.rowId } })
    expect(entry).toMatchObject({
      action: 'token.created',
      resource: 'api_token',
      userId: church.pastor.userId,
      metadata: { scopes: ['bookings:read'] },
    })
  })

  it.each([
    ['name', { name: ' ' }],
    ['name', { name: 'n'.repeat(101) }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: ['bookings:reed'] }],
    ['scopes', { scopes: ['users:write'] }],
    ['scopes', { scopes: ['bookings:read', 'jobs:read'] }],
    ['expiresAt', { expiresAt: new Date(Date.now() - 1_000) }],
    ['expiresAt', { expiresAt: new Date(Date.now() + 400 * dayMs) }],
  ])('rejects invalid input on its field: %s', async (field, overrides) => {
    const input = { name: 'A script', scopes: ['bookings:read'], ...overrides }
    const { errors } = await church.ask(church.pastor, create, { input })
    expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT', field }])
  })

  it('lets users grant only what their role can use, and offers only what is of use to them', async () => {
    const offeredScopes = async (person: Person) => {
      const { data } = await church.ask<{ apiTokenScopes: { name: string; mayGive: boolean; description: string }[] }>(
        person,
        '{ apiTokenScopes { name mayGive description } }',
      )
      expect(data?.apiTokenScopes.map(({ name }) => name)).toEqual(allScopes)
      expect(data?.apiTokenScopes.filter(({ description }) => description === '')).toEqual([])
      return data?.apiTokenScopes.filter(({ mayGive }) => mayGive).map(({ name }) => name)
    }
    expect(await offeredScopes(church.pastor)).toEqual(scopesOfRole('pastor'))
    expect(scopesOfRole('pastor').filter((scope) => /^(settings|jobs):|^users:write$/.test(scope))).toEqual([])
    // Only the owner changes these.
    const ofOwners = ['bookings:write', 'forms:write', 'policies:write']
    expect(await offeredScopes(church.admin)).toEqual(allScopes.filter((scope) => !ofOwners.includes(scope)))
    const bookingId = await addBooking(church.deps, church.admin)
    expect(await offeredScopes(church.admin)).toEqual(allScopes)
    await church.deps.database.bookingKey.delete({ where: { id: bookingId } })
    for (const scope of allScopes.filter((each) => !scopesOfRole('pastor').includes(each))) {
      const { errors } = await church.ask(church.pastor, create, { input: { name: 'x', scopes: [scope] } })
      expect(errors?.[0]?.extensions.field).toBe('scopes')
    }
    expect(await isAccepted(await addToken(church, church.admin, allScopes))).toBe(true)
  })

  it('is documented for every scope in docs/api.md', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../../docs/api.md'), 'utf8')
    expect(allScopes.filter((scope) => !page.includes(`| \`${scope}\` |`))).toEqual([])
  })

  it('can’t be done with a token, nor can a token list or revoke tokens, whatever its scopes', async () => {
    const apiToken = await addToken(church, church.admin, allScopes)
    for (const [query, variables] of [
      [create, { input: { name: 'x', scopes: ['bookings:read'] } }],
      [revoke, { id: apiToken.id }],
      ['{ apiTokens { totalCount } }', {}],
      ['query($id: ID!) { node(id: $id) { __typename } }', { id: apiToken.id }],
      ['{ mySessions { totalCount } }', {}],
      ['mutation { signOut { ok } }', {}],
    ] as const) {
      const { errors, data } = await askWithToken(church, apiToken, query, variables)
      expect(
        errors?.map(({ extensions }) => extensions),
        query,
      ).toMatchObject([{ code: 'FORBIDDEN', missingScopes: [], sessionFields: [expect.any(String)] }])
      expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([])
    }
  })
})

describe('the list of tokens', () => {
  it('contains one’s own, everyone’s for an admin, and never another pastor’s', async () => {
    const [own, theirs] = [
      await addToken(church, church.pastor, ['bookings:read']),
      await addToken(church, church.otherPastor, ['bookings:read']),
    ]
    const listed = async (person: Person, filter = {}) => {
      const { data } = await church.ask<{ apiTokens: { nodes: { id: string }[]; totalCount: number } }>(
        person,
        'query($filter: ApiTokenFilter) { apiTokens(first: 100, filter: $filter) { nodes { id } totalCount } }',
        { filter },
      )
      expect(data?.apiTokens.totalCount).toBe(data?.apiTokens.nodes.length)
      return data?.apiTokens.nodes.map(({ id }) => id) ?? []
    }
    expect(await listed(church.pastor)).toContain(own.id)
    expect(await listed(church.pastor)).not.toContain(theirs.id)
    expect(await listed(church.admin)).toEqual(expect.arrayContaining([own.id, theirs.id]))
    const ownerId = Buffer.from(`User:${church.otherPastor.userId}`).toString('base64')
    expect(await listed(church.admin, { ownerId })).toEqual([theirs.id])
    await church.ask(church.otherPastor, revoke, { id: theirs.id })
    expect(await listed(church.otherPastor, { isActive: true })).toEqual([])
    expect(await listed(church.otherPastor, { isActive: false })).toEqual([theirs.id])
  })

  it('treats another pastor’s token as unknown', async () => {
    const theirs = await addToken(church, church.otherPastor, ['bookings:read'])
    const missing = Buffer.from('ApiToken:01a20000-0000-7000-8000-000000000000').toString('base64')
    const node = 'query($id: ID!) { node(id: $id) { __typename } }'
    for (const query of [node, revoke]) {
      const [asked, unknown] = [
        await church.ask(church.pastor, query, { id: theirs.id }),
        await church.ask(church.pastor, query, { id: missing }),
      ]
      expect(asked.text).toBe(unknown.text)
      expect(asked.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    }
    expect(await isAccepted(theirs)).toBe(true)
  })

  it('shows when a token was last used', async () => {
    const apiToken = await addToken(church, church.pastor, ['bookings:read'])
    expect((await rowOf(apiToken)).lastUsedAt).toBeNull()
    await Promise.all(Array.from({ length: 8 }, () => askWithToken(church, apiToken, titles)))
    expect((await rowOf(apiToken)).lastUsedAt).not.toBeNull()
  })
})

describe('an inactive token', () => {
  const cases: [string, () => Promise<string>][] = [
    ['that never existed', async () => `chub_${'A'.repeat(43)}`],
    ['that is not a token', async () => 'chub_short'],
    ['that is empty', async () => ''],
    [
      'that was revoked',
      async () => {
        const apiToken = await addToken(church, church.pastor, ['bookings:read'])
        await church.ask(church.pastor, revoke, { id: apiToken.id })
        return apiToken.token
      },
    ],
    [
      'that has expired',
      async () => {
        const apiToken = await addToken(church, church.pastor, ['bookings:read'])
        await expire(apiToken)
        return apiToken.token
      },
    ],
    [
      'of a user deactivated by SQL',
      async () => {
        const deactivated = await church.addPerson('pastor', 'Pastor Demas', 14)
        const apiToken = await addToken(church, deactivated, ['bookings:read'])
        await church.deps.database.user.update({ where: { id: deactivated.userId }, data: { isActive: false } })
        return apiToken.token
      },
    ],
  ]

  it.each(cases)('%s gets the same 401 as any other, and never falls back to the cookie', async (_what, headersOf) => {
    const authorization = `Bearer ${await headersOf()}`
    const response = await fetch(`${church.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: church.pastor.cookie, authorization },
      body: JSON.stringify({ query: titles }),
    })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'This API token is unknown, expired or revoked. Use another token.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    })
    for (const overrides of [{ headers: { authorization } }, { connectionParams: { authorization } }]) {
      const { client, closed } = socketBy(church, {
        ...overrides,
        headers: { cookie: church.pastor.cookie, ...('headers' in overrides ? overrides.headers : {}) },
      })
      const asked = client.iterate({ query: titles }).next()
      await expect(asked).rejects.toBeDefined()
      expect(await closed).toBe(4403)
    }
  })
})

/** Expires a token without waiting. */
async function expire({ rowId }: IssuedToken): Promise<void> {
  await church.deps.database.apiToken.update({
    where: { id: rowId },
    data: { expiresAt: new Date(Date.now() - 1_000) },
  })
}

describe('the ways to send a token', () => {
  it('are HTTP, Server-Sent Events and graphql-ws, by header or connection_init, with the same responses', async () => {
    const person = await church.addPerson('pastor', 'Pastor Apollos', 15)
    const bookingId = await addBooking(church.deps, person)
    const apiToken = await addToken(church, person, ['bookings:read', 'bookings:write'])
    const expected = (await askWithToken(church, apiToken, titles)).data
    expect(expected).toMatchObject({ bookings: { totalCount: 1 } })
    const authorization = `Bearer ${apiToken.token}`
    for (const options of [{ headers: { authorization } }, { connectionParams: { authorization } }]) {
      const { client } = socketBy(church, options)
      const { value } = await client.iterate({ query: titles }).next()
      expect(value?.data).toEqual(expected)
      await client.dispose()
    }
    const stream = await fetch(`${church.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization },
      body: JSON.stringify({ query: titles }),
    })
    expect(await stream.text()).toContain(bookingGlobalId(bookingId))
    const get = await fetch(`${church.url}/graphql?query=${encodeURIComponent(titles)}`, { headers: { authorization } })
    expect(((await get.json()) as { data: unknown }).data).toEqual(expected)
    const change = `mutation { setBookingSensitivity(input: { bookingId: "${bookingGlobalId(bookingId)}", sensitivity: HIGH }) { booking { id } } }`
    const byLink = await fetch(`${church.url}/graphql?query=${encodeURIComponent(change)}`, {
      headers: { authorization },
    })
    expect(byLink.status).toBeGreaterThanOrEqual(400)
    expect(await church.deps.database.booking.count({ where: { id: bookingId, sensitivity: 'High' } })).toBe(0)
  })

  it('accept a token from another site’s page, because browsers never attach one by themselves', async () => {
    const apiToken = await addToken(church, church.pastor, ['bookings:read'])
    const foreign = { origin: 'https://dashboard.example', 'sec-fetch-site': 'cross-site' }
    const ask = (headers: Record<string, string>) => church.ask(null, titles, {}, { ...foreign, ...headers })
    expect((await ask({ authorization: `Bearer ${apiToken.token}` })).status).toBe(200)
    expect((await ask({ cookie: church.pastor.cookie })).status).toBe(403)
  })

  it('ignore credentials meant for a proxy in front of the server', async () => {
    const { data } = await church.ask(church.pastor, '{ viewer { id } }', {}, { authorization: 'Basic c29tZTpib2R5' })
    expect(data).toEqual({ viewer: { id: expect.any(String) } })
  })

  it('prefer the token over a cookie', async () => {
    const apiToken = await addToken(church, church.pastor, ['users:read'])
    const both = { authorization: `Bearer ${apiToken.token}` }
    const { errors } = await church.ask(church.pastor, titles, {}, both)
    expect(errors?.[0]?.extensions).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['bookings:read', 'count-only'],
      missingScopes: [['bookings:read']],
    })
    const asAdmin = await church.ask<{ viewer: { role: string } }>(church.admin, '{ viewer { role } }', {}, both)
    expect(asAdmin.data?.viewer.role).toBe('PASTOR')
  })
})

describe('a token’s request', () => {
  it('is refused with the missing scope, over every transport', async () => {
    const apiToken = await addToken(church, church.admin, ['policies:read'])
    const bookingId = bookingGlobalId(await addBooking(church.deps, church.pastor))
    const asked: [string, Scope[]][] = [
      [titles, ['bookings:read', 'count-only']],
      [`{ booking(id: "${bookingId}") { __typename } }`, ['bookings:read']],
      [`{ node(id: "${bookingId}") { __typename } }`, ['bookings:read']],
      [`{ nodes(ids: ["${bookingId}"]) { __typename } }`, ['bookings:read']],
      ['{ viewer { __typename } }', ['users:read']],
      ['{ users { totalCount } }', ['users:read']],
      ['{ auditLogs { totalCount } }', ['audit:read']],
      ['{ webhookDeliveries { totalCount } }', ['webhooks:read']],
    ]
    for (const [query, missingScope] of asked) {
      const { errors } = await askWithToken(church, apiToken, query)
      expect(
        errors?.map(({ extensions }) => extensions),
        query,
      ).toEqual([{ code: 'FORBIDDEN', missingScope, missingScopes: [missingScope.slice(0, 1)] }])
    }
    const { client } = socketBy(church, { headers: { authorization: `Bearer ${apiToken.token}` } })
    const { value } = await client.iterate({ query: 'subscription { bookingChanged { cursor } }' }).next()
    expect(value?.errors?.[0]?.extensions).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['bookings:read'],
      missingScopes: [['bookings:read']],
    })
    await client.dispose()
  })

  it('doesn’t reveal by its error whether a row exists', async () => {
    const apiToken = await addToken(church, church.pastor, ['users:read'])
    const theirs = bookingGlobalId(await addBooking(church.deps, church.otherPastor))
    const own = bookingGlobalId(await addBooking(church.deps, church.pastor))
    const missing = bookingGlobalId('01a20000-0000-7000-8000-000000000000')
    const answers = await Promise.all(
      [theirs, own, missing].map(
        async (id) => (await askWithToken(church, apiToken, `{ node(id: "${id}") { __typename } }`)).text,
      ),
    )
    expect(new Set(answers).size).toBe(1)
  })

  it('is logged with the token’s ID as well as its owner', async () => {
    const apiToken = await addToken(church, church.admin, ['users:write', 'users:read', 'audit:read'])
    const id = userGlobalId(church.otherPastor.userId)
    const change = 'mutation($id: ID!) { changeUser(input: { id: $id, bio: "Likes hills." }) { user { id } } }'
    expect((await askWithToken(church, apiToken, change, { id })).errors).toBeUndefined()
    const list =
      '{ auditLogs(first: 1, filter: { action: ["user.changed"] }) { nodes { action metadata user { id } } } }'
    const entry = {
      action: 'user.changed',
      metadata: { changed: ['bio'], tokenId: apiToken.rowId },
      user: { id: userGlobalId(church.admin.userId) },
    }
    for (const ask of [() => church.ask(church.admin, list), () => askWithToken(church, apiToken, list)]) {
      expect((await ask()).data).toEqual({ auditLogs: { nodes: [entry] } })
    }
  })

  it('downloads the audit log only with `audit:read`', async () => {
    const [reader, other] = [
      await addToken(church, church.pastor, ['audit:read']),
      await addToken(church, church.pastor, ['bookings:read']),
    ]
    const download = ({ token }: IssuedToken) =>
      fetch(`${church.url}/audit-log.jsonl`, { headers: { authorization: `Bearer ${token}` } })
    const read = await download(reader)
    expect(read.status).toBe(200)
    expect(await read.text()).toContain('token.created')
    const refused = await download(other)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { missingScope: ['audit:read'] } }] })
    const unknown = await download({ ...other, token: 'chub_nothing' })
    expect(unknown.status).toBe(401)
  })
})

describe('a token that ends', () => {
  const follow = 'subscription { bookingChanged { cursor } }'

  /** Everything that a token can keep open on a node, and whether it has ended. */
  async function holdOpen({ token }: IssuedToken, at: RunningNode) {
    const authorization = `Bearer ${token}`
    const { client, connected, closed } = socketBy(at, { connectionParams: { authorization } })
    const iterator = client.iterate({ query: follow })
    const subscription = iterator.next().then(
      ({ value }) => value?.errors?.[0]?.extensions?.code,
      () => 'closed',
    )
    const stream = await fetch(`${at.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization },
      body: JSON.stringify({ query: follow }),
    })
    await connected
    return { closed, subscription, streamEnd: stream.text() }
  }

  const ends: [string, (person: Person, apiToken: IssuedToken) => Promise<unknown>, string][] = [
    ['by revocation', (person, apiToken) => church.ask(person, revoke, { id: apiToken.id }), 'requested'],
    [
      'by an admin’s revocation',
      (_person, apiToken) => church.ask(church.admin, revoke, { id: apiToken.id }),
      'requested',
    ],
    [
      'when its owner is deactivated',
      ({ userId }) =>
        church.ask(church.admin, 'mutation($id: ID!) { deactivateUser(input: { id: $id }) { user { id } } }', {
          id: userGlobalId(userId),
        }),
      'deactivated',
    ],
    [
      'when its owner’s role changes',
      ({ userId }) =>
        church.ask(church.admin, 'mutation($id: ID!) { changeUser(input: { id: $id, role: ADMIN }) { user { id } } }', {
          id: userGlobalId(userId),
        }),
      'role_changed',
    ],
  ]

  it.each(ends)(
    'ends on the other node within a second %s: requests, sockets and streams',
    async (_how, end, reason) => {
      const person = await church.addPerson(
        'pastor',
        `Pastor ${reason} ${Math.random()}`,
        Math.floor(Math.random() * 1e9),
      )
      const apiToken = await addToken(church, person, ['bookings:read'])
      const { closed, subscription, streamEnd } = await holdOpen(apiToken, node)
      await end(person, apiToken)
      // From here on every node has been notified.
      const startedMs = performance.now()
      expect(await closed).toBe(4403)
      expect(await isAccepted(apiToken, node)).toBe(false)
      expect(await isAccepted(apiToken)).toBe(false)
      expect(await streamEnd).toContain('UNAUTHENTICATED')
      expect(performance.now() - startedMs).toBeLessThan(1_000)
      expect(['UNAUTHENTICATED', 'closed', undefined]).toContain(await subscription)
      const entries = await church.deps.database.auditLog.findMany({
        where: { action: 'token.revoked', resourceId: apiToken.rowId },
      })
      const subject = entries[0]?.userId === person.userId ? {} : { subjectUserId: person.userId }
      expect(entries.map(({ metadata }) => metadata)).toEqual([{ reason, ...subject }])
    },
  )

  it('stays ended when its owner is reactivated', async () => {
    const person = await church.addPerson('pastor', 'Pastor Mark', 16)
    const apiToken = await addToken(church, person, ['bookings:read'])
    const id = userGlobalId(person.userId)
    await church.ask(church.admin, 'mutation($id: ID!) { deactivateUser(input: { id: $id }) { user { id } } }', { id })
    await church.ask(church.admin, 'mutation($id: ID!) { reactivateUser(input: { id: $id }) { user { id } } }', { id })
    expect(await isAccepted(apiToken)).toBe(false)
  })

  it('is revoked once, however often the request is repeated', async () => {
    const apiToken = await addToken(church, church.pastor, ['bookings:read'])
    const answers = await Promise.all([1, 2, 3].map(() => church.ask(church.pastor, revoke, { id: apiToken.id })))
    expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined, undefined])
    expect(
      await church.deps.database.auditLog.count({ where: { action: 'token.revoked', resourceId: apiToken.rowId } }),
    ).toBe(1)
  })

  it('ends its streams when it expires, at the node’s next check', async () => {
    const apiToken = await addToken(church, church.pastor, ['bookings:read'])
    const { closed, streamEnd } = await holdOpen(apiToken, node)
    await expire(apiToken)
    await node.deps.revocationWatcher.confirmAll()
    expect(await closed).toBe(4403)
    expect(await streamEnd).toContain('UNAUTHENTICATED')
  })
})

const bookingGlobalId = (id: string) => Buffer.from(`Booking:${id}`).toString('base64')
const userGlobalId = (id: string) => Buffer.from(`User:${id}`).toString('base64')
