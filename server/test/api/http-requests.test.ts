import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { password, type RunningChurch, startChurch } from '../support/running-church.ts'

let church: RunningChurch
let token: string

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  const { data } = await church.ask<{ createApiToken: { token: string } }>(
    church.pastor,
    'mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
    { input: { name: 'Script', scopes: ['bookings:read'] } },
  )
  token = data?.createApiToken.token ?? ''
})
afterAll(() => church.close())

type Sent = Readonly<{ status: number; text: string; type: string | null; headers: Headers }>

async function send(path: string, init: RequestInit): Promise<Sent> {
  const response = await fetch(`${church.url}${path}`, init)
  const { status, headers } = response
  return { status, text: await response.text(), type: headers.get('content-type'), headers }
}

const post = (body: object | string, headers: Record<string, string> = {}, path = '/graphql') =>
  send(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const codeIn = ({ text }: Sent): unknown => JSON.parse(text).errors?.[0]?.extensions?.code
const query = { query: '{ bookings { totalCount } }' }

describe('an Authorization header', () => {
  it.each(['TOKEN', 'Token TOKEN', 'Bearer=TOKEN'])('of the form %j is refused with the form to use', async (form) => {
    const sent = await post(query, { authorization: form.replace('TOKEN', token) })
    expect([sent.status, codeIn(sent)]).toEqual([401, 'UNAUTHENTICATED'])
    expect(sent.text).toContain('Authorization: Bearer')
    expect(sent.headers.get('www-authenticate')).toContain('Bearer')
    expect(sent.text).not.toContain(token)
  })

  it('of a proxy does not keep a browser from signing in', async () => {
    const { email } = church.pastor
    const signIn = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { email } } }'
    const body = { query: signIn, variables: { input: { email, password } } }
    const sent = await post(body, { authorization: 'Basic YTpi' })
    expect([sent.status, JSON.parse(sent.text).data]).toEqual([200, { signIn: { viewer: { email } } }])
  })

  it('of a proxy does not keep a browser from its session', async () => {
    const { data } = await church.ask(church.pastor, '{ viewer { name } }', {}, { authorization: 'Basic YTpi' })
    expect(data).toEqual({ viewer: { name: 'Pastor Paul' } })
  })
})

describe('a content type', () => {
  it.each([
    ['a query', query, 'bookings'],
    ['a mutation', { query: 'mutation { signOut { ok } }' }, 'errors'],
    ['a query that the planner leaves to graphql-js', { query: '{ __schema { queryType { name } } }' }, '__schema'],
  ])('is compared without its case for %s', async (_, body, contained) => {
    const lower = await post(body)
    const mixed = await post(body, { 'content-type': 'Application/JSON; Charset=UTF-8' })
    expect([mixed.status, mixed.text.replace(/"cost":.*/s, '')]).toEqual([
      lower.status,
      lower.text.replace(/"cost":.*/s, ''),
    ])
    expect(mixed.text).toContain(contained)
  })
})

describe('an address with a slash at its end', () => {
  it('is the same endpoint', async () => {
    expect((await post(query, {}, '/graphql/')).text).toContain('"totalCount":0')
    expect((await post({ query: '{ __schema { queryType { name } } }' }, {}, '/graphql/')).text).toContain('"Query"')
    // Its length is the longest that Node accepts: the answer takes no longer than for a short one.
    const long = await send(`${'/a'.repeat(7_000)}${'/'.repeat(1_000)}`, {})
    expect(long.status).toBe(404)
    const webhook = await send('/webhooks/calcom/', { method: 'POST', body: '{}' })
    expect([webhook.status, webhook.type]).toEqual([401, 'application/json; charset=utf-8'])
  })
})

describe('a refusal', () => {
  it('of a media type has a body', async () => {
    for (const accept of ['text/html', 'image/png']) {
      const sent = await post(query, { accept })
      expect([sent.status, codeIn(sent)]).toEqual([406, 'BAD_REQUEST'])
      expect(sent.text).toContain('application/json')
    }
  })

  it('of a method has a body', async () => {
    const sent = await send('/graphql', { method: 'PUT', headers: { authorization: `Bearer ${token}` } })
    expect([sent.status, codeIn(sent)]).toEqual([405, 'BAD_REQUEST'])
  })

  it.each([
    ['a query', { query: 'query A { bookings { totalCount } } query B { bookings { totalCount } }' }],
    ['an unknown name', { ...query, operationName: 'Nobody' }],
  ])('of %s without its operation has a documented code', async (_, body) => {
    const sent = await post(body)
    expect([sent.status, codeIn(sent)]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED'])
    expect(sent.text).not.toContain('Nobody')
  })
})

describe('a deeply nested request', () => {
  const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const withVariables = (variables: string) =>
    `{"query":"query($f: BookingFilter) { bookings(filter: $f) { totalCount } }","variables":{"f":${variables}}}`

  it.each([200, 100_000])('of %d levels is refused and not a server error', async (depth) => {
    const sent = await post(withVariables(deep(depth)))
    expect([sent.status, codeIn(sent)]).toEqual([400, 'BAD_REQUEST'])
  })

  it('is refused as the variables of a GET request too', async () => {
    const query = new URLSearchParams({ query: '{ bookings { totalCount } }', variables: `{"a":${deep(200)}}` })
    const sent = await send(`/graphql?${query}`, { headers: { authorization: `Bearer ${token}` } })
    expect([sent.status, codeIn(sent)]).toEqual([400, 'BAD_REQUEST'])
  })

  it('of twenty levels is answered', async () => {
    const sent = await post(withVariables(deep(20)))
    expect(codeIn(sent)).toBe('GRAPHQL_VALIDATION_FAILED')
  })

  it('counts no brackets in texts', async () => {
    const body = { query: '{ bookings { totalCount } }', variables: { text: `"${'['.repeat(5_000)}\\"` } }
    expect((await post(body)).text).toContain('"totalCount":0')
  })
})

describe('a GET request without token or session', () => {
  it('is refused', async () => {
    const sent = await send('/graphql?query={__typename}', {})
    expect([sent.status, codeIn(sent)]).toEqual([401, 'UNAUTHENTICATED'])
  })
})
