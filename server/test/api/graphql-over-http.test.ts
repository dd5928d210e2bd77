import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningChurch, startChurch } from '../support/running-church.ts'

let church: RunningChurch
let token: string

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  const { data } = await church.ask<{ createApiToken: { token: string } }>(
    church.pastor,
    'mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
    { input: { name: 'Audit', scopes: ['bookings:read'] } },
  )
  token = data?.createApiToken.token ?? ''
})
afterAll(() => church.close())

/** The audit suite sends no credentials, so they are added here. */
const as =
  (headers: () => Record<string, string>) =>
  (url: string, init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), ...headers() } })

// The address is known once the church runs; the list of audits is needed earlier.
const audits = (fetchFn: unknown) => serverAudits({ url: () => `${church.url}/graphql`, fetchFn })

describe.each([
  ['with a token', as(() => ({ authorization: `Bearer ${token}` }))],
  ['from our own page', as(() => ({ cookie: church.pastor.cookie, 'sec-fetch-site': 'same-origin' }))],
])('GraphQL over HTTP %s', (_who, fetchFn) => {
  it('passes 61 audits', () => {
    expect(audits(fetchFn)).toHaveLength(61)
  })

  it.each(audits(fetchFn).map((audit) => [audit.id, audit.name, audit] as const))(
    '%s %s',
    async (_id, _name, audit) => {
      const result = await audit.fn()
      expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok')
    },
  )
})

describe('a GET request', () => {
  const get = (query: string) =>
    fetch(`${church.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${token}` } })

  it('accepts a token', async () => {
    const response = await get('{ bookings { totalCount } }')
    expect([response.status, await response.json()]).toMatchObject([200, { data: { bookings: { totalCount: 0 } } }])
  })

  it('executes no mutation', async () => {
    const response = await get('mutation { signOut { ok } }')
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })
})
