import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { type RunningChurch, startChurch } from '../support/running-church.ts'

let church: RunningChurch
let token: string

beforeAll(async () => {
  church = await startChurch({ runsJobs: false, variables: { PUBLIC_URL: 'http://hub.church.example' } })
  const { data } = await church.ask<{ createApiToken: { token: string } }>(
    church.pastor,
    'mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
    { input: { name: 'CSRF', scopes: ['bookings:read'] } },
  )
  token = data?.createApiToken.token ?? ''
})
afterAll(() => church.close())

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'] as const
const types = {
  none: {},
  json: { 'content-type': 'application/json' },
  'json, charset': { 'content-type': 'application/json; charset=utf-8' },
  form: { 'content-type': 'application/x-www-form-urlencoded' },
  'text/plain': { 'content-type': 'text/plain' },
  multipart: { 'content-type': 'multipart/form-data; boundary=x' },
  'json in text': { 'content-type': 'text/plain; application/json' },
} as const
/** The origin of a request, as the browser's headers state it. A script sends none. */
const sources: Readonly<Record<string, { headers: Record<string, string>; isOurs: boolean; isPage: boolean }>> = {
  'a script': { headers: {}, isOurs: true, isPage: false },
  'our page': {
    headers: { origin: 'http://hub.church.example', 'sec-fetch-site': 'same-origin' },
    isOurs: true,
    isPage: true,
  },
  'our page in an old browser': { headers: { origin: 'http://hub.church.example' }, isOurs: true, isPage: false },
  'the address bar': { headers: { 'sec-fetch-site': 'none' }, isOurs: true, isPage: false },
  'another site': {
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    isOurs: false,
    isPage: false,
  },
  'another site in an old browser': { headers: { origin: 'https://evil.example' }, isOurs: false, isPage: false },
  'a link on another site': { headers: { 'sec-fetch-site': 'cross-site' }, isOurs: false, isPage: false },
  'another host of our site': { headers: { 'sec-fetch-site': 'same-site' }, isOurs: false, isPage: false },
  'a sandboxed frame': { headers: { origin: 'null', 'sec-fetch-site': 'cross-site' }, isOurs: false, isPage: false },
  'an origin like ours': {
    headers: { origin: 'http://hub.church.example.evil.example' },
    isOurs: false,
    isPage: false,
  },
  'our host on another port': { headers: { origin: 'http://hub.church.example:8080' }, isOurs: false, isPage: false },
}
const credentials = {
  nothing: () => ({}),
  'the cookie': () => ({ cookie: church.pastor.cookie }),
  'a token': () => ({ authorization: `Bearer ${token}` }),
  'a token and the cookie': () => ({ authorization: `Bearer ${token}`, cookie: church.pastor.cookie }),
  'Basic and the cookie': () => ({ authorization: 'Basic eDp5', cookie: church.pastor.cookie }),
} as const

/** Sent with `node:http`, because fetch doesn't allow setting these headers. */
function send(
  method: string,
  headers: Record<string, string>,
): Promise<{ status: number; text: string; headers: object }> {
  const query = '{ mySessions { totalCount } }'
  const path = method === 'POST' ? '/graphql' : `/graphql?query=${encodeURIComponent(query)}`
  return new Promise((resolve, reject) => {
    const sent = request(`${church.url}${path}`, { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }))
    })
    sent.on('error', reject)
    sent.end(method === 'POST' ? JSON.stringify({ query }) : undefined)
  })
}

/** The expected outcome of a request: the table in docs/api.md. */
function expected(method: string, type: string, source: (typeof sources)[string], credential: string): number {
  const byToken = credential.startsWith('a token')
  const byCookie = credential.endsWith('the cookie') && !byToken
  if (!byToken && !source.isOurs) return 403
  if (method === 'POST') return type.startsWith('json') && type !== 'json in text' ? 200 : 415
  if (byCookie && !source.isPage) return 403
  if (method === 'GET' && credential === 'nothing') return 401
  return method === 'GET' ? 200 : 405
}

describe.each(methods)('%s', (method) => {
  const cases = Object.keys(sources).flatMap((source) =>
    (method === 'POST' ? Object.keys(types) : ['none', 'json']).flatMap((type) =>
      Object.keys(credentials).map((credential) => [source, type, credential] as const),
    ),
  )

  it.each(cases)('from %s as %s with %s', async (source, type, credential) => {
    const from = sources[source]
    if (from === undefined) throw new Error(source)
    // The keys come from the tables above.
    const headers = {
      ...types[type as keyof typeof types],
      ...from.headers,
      ...credentials[credential as keyof typeof credentials](),
    }
    const { status, text, headers: answered } = await send(method, headers)
    expect(status).toBe(expected(method, type, from, credential))
    // A refused request isn't authenticated, and no other site's page may read any response.
    if (status >= 400) expect(text).not.toContain('totalCount')
    expect(answered).not.toHaveProperty('access-control-allow-origin')
    if (status === 200 && credential === 'the cookie') expect(text).toContain('"totalCount":1')
    if (credential.startsWith('a token')) expect(text).not.toContain('"totalCount":')
  })
})

describe('a WebSocket', () => {
  const open = (headers: Record<string, string>): Promise<number> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${church.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
      socket.on('open', () => {
        socket.close()
        resolve(101)
      })
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
      socket.on('error', () => undefined)
    })

  it.each(Object.entries(sources))('from %s', async (_source, { headers, isOurs }) => {
    expect(await open({ ...headers, cookie: church.pastor.cookie })).toBe(isOurs ? 101 : 403)
    expect(await open(headers)).toBe(isOurs ? 101 : 403)
  })
})
