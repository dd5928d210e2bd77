import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken } from '../support/tokens.ts'

const page = 'https://dashboard.example'
const query = '{ bookings { totalCount } }'

let church: RunningChurch
let authorization: string
beforeAll(async () => {
  church = await startChurch({
    runsJobs: false,
    variables: {
      CORS_ALLOWED_ORIGINS: `${page}, http://localhost:5173`,
      LIMIT_BODY_BYTES: '4096',
      LIMIT_COST: '500',
      LIMIT_BUDGET_POINTS: '500',
      LIMIT_BUDGET_REFILL: '1',
    },
  })
  authorization = `Bearer ${(await addToken(church, church.pastor, ['bookings:read'])).token}`
})
afterAll(() => church.close())

type Sent = Readonly<{ status: number; text: string; headers: Record<string, string | string[] | undefined> }>
type Options = Readonly<{ method?: string; headers?: Record<string, string>; body?: string; path?: string }>

/** Sends a request as a browser would for a page. `fetch` doesn't allow setting these headers. */
function send({
  method = 'POST',
  headers = {},
  body = JSON.stringify({ query }),
  path = '/graphql',
}: Options): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const all = { origin: page, 'sec-fetch-site': 'cross-site', 'content-type': 'application/json', ...headers }
    const sent = request(`${church.url}${path}`, { method, headers: all }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }))
    })
    sent.on('error', reject).end(method === 'POST' ? body : undefined)
  })
}

const preflight = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type',
}

describe('a page of an allowed origin', () => {
  it('may send a token: the preflight says so, without the cookie', async () => {
    const { status, headers } = await send({ method: 'OPTIONS', headers: preflight })
    expect(status).toBe(204)
    expect(headers).toMatchObject({ 'access-control-allow-origin': page, vary: 'Origin' })
    expect(headers['access-control-allow-methods']).toBe('GET, POST')
    for (const name of ['authorization', 'content-type', 'accept']) {
      expect(String(headers['access-control-allow-headers']).split(', ')).toContain(name)
    }
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
  })

  it('reads the response to a token, over POST, GET and Server-Sent Events', async () => {
    const answers = [
      await send({ headers: { authorization } }),
      await send({ method: 'GET', headers: { authorization }, path: `/graphql?query=${encodeURIComponent(query)}` }),
      await send({ headers: { authorization, accept: 'text/event-stream' } }),
    ]
    for (const { status, text, headers } of answers) {
      expect(status).toBe(200)
      expect(text).toContain('"totalCount"')
      expect(headers).toMatchObject({ 'access-control-allow-origin': page, vary: expect.stringContaining('Origin') })
      expect(headers).not.toHaveProperty('access-control-allow-credentials')
    }
  })

  it('downloads the audit log with a token, never with the cookie', async () => {
    const { token } = await addToken(church, church.admin, ['audit:read'])
    const download = (headers: Record<string, string>) => send({ method: 'GET', path: '/audit-log.jsonl', headers })
    const { status, headers } = await download({ authorization: `Bearer ${token}` })
    expect([status, headers['access-control-allow-origin']]).toEqual([200, page])
    expect(String(headers['access-control-expose-headers'])).toContain('x-audit-log-rows')
    expect((await download({ cookie: church.admin.cookie })).status).toBe(403)
  })

  it('is never signed in by the cookie', async () => {
    const { cookie } = church.pastor
    const byPost = await send({ headers: { cookie } })
    const byGet = await send({
      method: 'GET',
      headers: { cookie },
      path: `/graphql?query=${encodeURIComponent(query)}`,
    })
    for (const { status, text, headers } of [byPost, byGet]) {
      expect(status).toBe(403)
      expect(text).not.toContain('totalCount')
      expect(headers['access-control-allow-origin']).toBe(page)
    }
    const wrong = await send({ headers: { cookie, authorization: 'Basic eDp5' } })
    expect(wrong.status).toBe(403)
  })

  it('reads errors, and when to try again', async () => {
    const unknown = await send({ headers: { authorization: `Bearer chub_${'a'.repeat(43)}` } })
    const large = await send({
      headers: { authorization },
      body: JSON.stringify({ query, variables: { x: 'x'.repeat(5_000) } }),
    })
    const missing = await send({ method: 'GET', headers: { authorization }, path: '/nothing-here' })
    const hundred = JSON.stringify({ query: '{ bookings(first: 98) { nodes { id } } }' })
    let limited = await send({ headers: { authorization }, body: hundred })
    for (let at = 0; limited.status === 200 && at < 10; at++)
      limited = await send({ headers: { authorization }, body: hundred })
    expect([unknown, large, missing, limited].map(({ status }) => status)).toEqual([401, 413, 404, 429])
    expect(limited.headers['retry-after']).toBeDefined()
    for (const { headers } of [unknown, large, missing, limited]) {
      expect(headers['access-control-allow-origin']).toBe(page)
      expect(String(headers['access-control-expose-headers']).split(', ')).toEqual(
        expect.arrayContaining(['retry-after', 'www-authenticate']),
      )
    }
  })

  it('opens a WebSocket with a token in connection_init, and never with the cookie', async () => {
    const { token } = await addToken(church, church.otherPastor, ['bookings:read'])
    const accepted = await connect({ origin: page }, { authorization: `Bearer ${token}` })
    expect(accepted).toBe('connection_ack')
    expect(await connect({ origin: page, cookie: church.pastor.cookie }, {})).toBe(4403)
    expect(await connect({ origin: page, cookie: church.pastor.cookie }, { authorization: 'Bearer x' })).toBe(4403)
    expect(await connect({ origin: 'https://evil.example' }, { authorization: `Bearer ${token}` })).toBe(403)
  })
})

describe('a page of any other origin', () => {
  it.each([
    'https://evil.example',
    'http://dashboard.example',
    'https://dashboard.example:8443',
    'https://dashboard.example.evil.example',
    'null',
  ])('%s gets no permission', async (origin) => {
    const answers = [
      await send({ method: 'OPTIONS', headers: { ...preflight, origin } }),
      await send({ headers: { authorization, origin } }),
      await send({ headers: { cookie: church.pastor.cookie, origin } }),
    ]
    for (const { headers } of answers) {
      expect(headers).not.toHaveProperty('access-control-allow-origin')
      expect(headers.vary).toBe('Origin')
    }
    expect(answers[2]?.status).toBe(403)
  })

  it('gets none for health and metrics either, nor does an allowed one', async () => {
    for (const path of ['/healthz', '/metrics']) {
      expect((await send({ method: 'GET', path })).headers).not.toHaveProperty('access-control-allow-origin')
    }
  })
})

it('ChurchHub’s own page keeps its cookie', async () => {
  const origin = church.url
  const { status, headers } = await send({
    headers: { origin, 'sec-fetch-site': 'same-origin', cookie: church.admin.cookie },
  })
  expect(status).toBe(200)
  expect(headers).not.toHaveProperty('access-control-allow-origin')
})

/** The first message's type, the close code, or the status with which the upgrade is refused. */
async function connect(headers: Record<string, string>, payload: Record<string, string>): Promise<string | number> {
  const socket = new WebSocket(`${church.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  const refused = new Promise<number>((resolve) => {
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
  })
  const opened = await Promise.race([once(socket, 'open'), refused])
  if (typeof opened === 'number') {
    socket.on('error', () => undefined).terminate()
    return opened
  }
  const first = Promise.race([
    once(socket, 'message').then(([bytes]) => (JSON.parse(String(bytes)) as { type: string }).type),
    once(socket, 'close').then(([code]) => Number(code)),
  ])
  socket.send(JSON.stringify({ type: 'connection_init', payload }))
  const result = await first
  socket.terminate()
  return result
}
