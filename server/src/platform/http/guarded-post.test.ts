import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createGuardedPost, type Lookup } from './guarded-post.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** A server that records requests. */
async function listen(host: string, port = 0, answer: RequestListener = (_request, response) => response.end('ok')) {
  const requests: { request: IncomingMessage; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push({ request, body })
    answer(request, response)
  })
  servers.push(server)
  server.listen(port, host)
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  return { requests, port: bound }
}

const to =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

const loopback = { allowedNetworks: ['127.0.0.0/8'] }

describe('a post', () => {
  it('delivers headers and body to the receiver, and returns its status', async () => {
    const receiver = await listen('127.0.0.1', 0, (_request, response) => response.writeHead(202).end('a body'))
    const { post } = createGuardedPost({ ...loopback, lookup: to('127.0.0.1') })
    const outcome = await post(`http://hooks.example:${receiver.port}/in?key=1`, { 'webhook-id': 'msg_1' }, '{"ü":1}')
    expect(outcome).toEqual({ status: 202, retryAfter: null, noResponse: null })
    const [request] = receiver.requests
    expect(request?.body).toBe('{"ü":1}')
    expect(request?.request).toMatchObject({ method: 'POST', url: '/in?key=1' })
    expect(request?.request.headers).toMatchObject({ 'webhook-id': 'msg_1', host: `hooks.example:${receiver.port}` })
  })

  it('resolves a name once, and connects to that address whatever the next look-up says', async () => {
    const good = await listen('127.0.0.2')
    const bad = await listen('127.0.0.1', good.port)
    let asked = 0
    const rebinding: Lookup = async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }]
    }
    const { post } = createGuardedPost({ allowedNetworks: ['127.0.0.2'], lookup: rebinding })
    expect(await post(`http://rebind.example:${good.port}/`, {}, '')).toMatchObject({ status: 200 })
    expect([asked, good.requests.length, bad.requests.length]).toEqual([1, 1, 0])
  })

  it.each([
    ['a private address', ['10.0.0.1']],
    ['the metadata service', ['169.254.169.254']],
    ['the local machine', ['127.0.0.1']],
    ['the local machine by IPv6', ['::1']],
    ['an IPv4-mapped IPv6 address', ['::ffff:127.0.0.1']],
    ['an allowed and a forbidden address', ['93.184.216.34', '127.0.0.1']],
  ])('to a name that resolves to %s is refused', async (_what, addresses) => {
    const { post } = createGuardedPost({ allowedNetworks: [], lookup: to(...addresses) })
    expect(await post('https://internal.example/', {}, '')).toMatchObject({ noResponse: 'ADDRESS_REFUSED' })
  })

  it('over http is refused outside allowed networks, even if one is allowed', async () => {
    const { post } = createGuardedPost({ ...loopback, lookup: to('93.184.216.34') })
    expect(await post('http://public.example/', {}, '')).toMatchObject({ noResponse: 'URL_REFUSED' })
  })

  it('follows no redirect', async () => {
    const internal = await listen('127.0.0.1')
    const redirecting = await listen('127.0.0.1', 0, (_request, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${internal.port}/` }).end(),
    )
    const { post } = createGuardedPost(loopback)
    expect(await post(`http://127.0.0.1:${redirecting.port}/`, {}, '')).toMatchObject({ status: 307 })
    expect(internal.requests).toEqual([])
  })

  it('returns Retry-After', async () => {
    const busy = await listen('127.0.0.1', 0, (_request, response) =>
      response.writeHead(429, { 'retry-after': '120' }).end(),
    )
    const outcome = await createGuardedPost(loopback).post(`http://127.0.0.1:${busy.port}/`, {}, '')
    expect(outcome).toMatchObject({ status: 429, retryAfter: '120' })
  })

  it('times out on a receiver that never answers, and on a name server that hangs', async () => {
    const silent = await listen('127.0.0.1', 0, () => undefined)
    const shortTimeout = { ...loopback, timeoutMs: 60 }
    const { post } = createGuardedPost(shortTimeout)
    expect(await post(`http://127.0.0.1:${silent.port}/`, {}, '')).toMatchObject({ noResponse: 'TIMEOUT' })
    const unanswered = createGuardedPost({ ...shortTimeout, lookup: () => new Promise(() => undefined) })
    expect(await unanswered.post('https://slow.example/', {}, '')).toMatchObject({ noResponse: 'TIMEOUT' })
  })

  it('does not wait for an endless body', async () => {
    const endless = await listen(
      '127.0.0.1',
      0,
      (_request, response) => void response.writeHead(200).write('on and on'),
    )
    expect(await createGuardedPost(loopback).post(`http://127.0.0.1:${endless.port}/`, {}, '')).toMatchObject({
      status: 200,
    })
  })

  it('names the cause of a failure', async () => {
    const plain = await listen('127.0.0.1')
    const { post } = createGuardedPost({ ...loopback, lookup: () => Promise.reject(new Error('ENOTFOUND')) })
    expect(await post(`https://127.0.0.1:${plain.port}/`, {}, '')).toMatchObject({ noResponse: 'TLS_FAILED' })
    expect(await post('http://127.0.0.1:1/', {}, '')).toMatchObject({ noResponse: 'CONNECTION_FAILED' })
    expect(await post('https://nowhere.example/', {}, '')).toMatchObject({ noResponse: 'DNS_FAILED' })
  })
})

describe('a URL', () => {
  const { findUrlProblem } = createGuardedPost({ allowedNetworks: [] })

  it.each([
    'https://hooks.example.org/in',
    'https://hooks.example.org:8443/in?key=1',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
  ])('may be %s', (url) => {
    expect(findUrlProblem(url)).toBeNull()
  })

  it.each([
    'hooks.example.org',
    'http://hooks.example.org/',
    'ftp://hooks.example.org/',
    'file:///etc/passwd',
    'https://user:password@hooks.example.org/',
    'https://hooks.example.org/#part',
    'https://hooks.example.org:25/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
  ])('may not be %s', (url) => {
    expect(findUrlProblem(url)).not.toBeNull()
  })
})
