import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../../src/platform/logging/log.ts'
import { password, type RunningChurch, startChurch } from '../support/running-church.ts'

const signIn = (url: string, email: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      query: 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }',
      variables: { input: { email, password } },
    }),
  })

describe('every response', () => {
  let church: RunningChurch
  beforeAll(async () => {
    church = await startChurch({ runsJobs: false })
  })
  afterAll(() => church.close())

  const paths = [
    '/healthz',
    '/readyz',
    '/metrics',
    '/graphql',
    '/webhooks/calcom',
    '/audit-log.csv',
    '/audit-log.jsonl',
    '/nowhere',
  ]

  it.each(paths)('of %s restricts the browser to the server’s own resources', async (path) => {
    const { headers } = await fetch(`${church.url}${path}`)
    const policy = headers.get('content-security-policy') ?? ''
    const rules = new Map(policy.split('; ').map((rule) => [rule.split(' ')[0], rule]))
    expect(rules.get('default-src')).toBe("default-src 'none'")
    expect(rules.get('script-src')).toBe("script-src 'self'")
    expect(rules.get('connect-src')).toBe("connect-src 'self'")
    expect(rules.get('frame-ancestors')).toBe("frame-ancestors 'none'")
    expect(rules.get('base-uri')).toBe("base-uri 'none'")
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/)
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'cache-control': 'no-store',
    })
    // Over HTTP it would be ignored, and on localhost it would lock out other servers.
    expect(headers.get('strict-transport-security')).toBeNull()
  })

  it('with content is never cached', async () => {
    const get = async (path: string) =>
      (await fetch(`${church.url}${path}`, { headers: { cookie: church.admin.cookie } })).headers.get('cache-control')
    expect([await get('/audit-log.csv'), await get('/audit-log.jsonl')]).toEqual(['no-store', 'no-store'])
    const { headers } = await signIn(church.url, church.pastor.email)
    expect(headers.get('cache-control')).toBe('no-store')
  })
})

describe('behind TLS', () => {
  let church: RunningChurch
  beforeAll(async () => {
    church = await startChurch({ runsJobs: false, variables: { PUBLIC_URL: 'https://hub.church.example' } })
  })
  afterAll(() => church.close())

  it('the cookie has the __Host- prefix and Secure, and the old cookie name is rejected', async () => {
    const response = await signIn(church.url, church.pastor.email)
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-churchhub_session=[a-z2-7]{40}; /)
    expect(cookie).toContain('; Path=/')
    expect(cookie).toContain('; Secure')
    expect(cookie).toContain('; HttpOnly')
    expect(cookie).not.toMatch(/domain/i)
    const pair = cookie.split(';')[0] ?? ''
    const viewer = async (sent: string) => (await church.ask({ cookie: sent }, '{ viewer { name } }')).data
    expect(await viewer(pair)).toEqual({ viewer: { name: 'Pastor Paul' } })
    expect(await viewer(pair.replace('__Host-', ''))).toEqual({ viewer: null })
  })

  it('HSTS tells browsers to use TLS only', async () => {
    const { headers } = await fetch(`${church.url}/healthz`)
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/)
  })
})

describe('the address of a request', () => {
  /** The address that the audit log records for a sign-in with this `X-Forwarded-For` chain. */
  async function addressIn(church: RunningChurch, forwarded: string | null): Promise<string | null> {
    await signIn(church.url, church.pastor.email, forwarded === null ? {} : { 'x-forwarded-for': forwarded })
    const [row] = await church.deps.database.$queryRaw<{ ipAddress: string | null }[]>`
      SELECT host("ipAddress") AS "ipAddress" FROM audit_logs WHERE action = 'session.signed_in' ORDER BY id DESC LIMIT 1`
    return row?.ipAddress ?? null
  }

  it.each([
    ['no proxy is trusted, and no header is sent', undefined, null, '127.0.0.1'],
    ['no proxy is trusted, and the client forges the header', undefined, '203.0.113.9', '127.0.0.1'],
    ['no proxy is trusted, and the client forges a chain', undefined, '203.0.113.9, 127.0.0.1', '127.0.0.1'],
    ['the proxy is trusted', '127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['the proxy is trusted, and no header is sent', '127.0.0.1', null, '127.0.0.1'],
    [
      'the proxy is trusted, and the client forged an earlier address',
      '127.0.0.1',
      '198.51.100.1, 203.0.113.9',
      '203.0.113.9',
    ],
    ['two proxies are trusted', '127.0.0.1,10.0.0.0/8', '198.51.100.1, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['one of two proxies is trusted', '127.0.0.1', '203.0.113.9, 10.1.2.3', '10.1.2.3'],
    ['only another proxy is trusted', '10.0.0.0/8', '203.0.113.9', '127.0.0.1'],
    ['the header contains no address', '127.0.0.1', 'unknown', null],
    ['the client claims to be a proxy', '127.0.0.1,10.0.0.0/8', '10.9.9.9, 203.0.113.9', '203.0.113.9'],
  ])('when %s', async (_when, trusted, forwarded, address) => {
    const church = await startChurch({ runsJobs: false, ...(trusted && { variables: { TRUSTED_PROXIES: trusted } }) })
    try {
      expect(await addressIn(church, forwarded)).toBe(address)
    } finally {
      await church.close()
    }
  })
})

describe('a client that sends', () => {
  let church: RunningChurch
  const lines: string[] = []
  beforeAll(async () => {
    const to = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk))
        done()
      },
    })
    church = await startChurch({
      runsJobs: false,
      log: createLog({ level: 'info', to }),
      variables: { LIMIT_HEADERS_MS: '300', LIMIT_REQUEST_MS: '600' },
    })
  })
  afterAll(() => church.close())

  const dial = async (): Promise<Socket> => {
    const { port } = new URL(church.url)
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  /** Everything that the server sends until it closes the connection. */
  const ending = async (socket: Socket): Promise<string> => {
    let text = ''
    socket.on('data', (chunk) => {
      text += String(chunk)
    })
    socket.on('error', () => undefined)
    await once(socket, 'close')
    return text
  }

  it('an incomplete head is disconnected', async () => {
    const socket = await dial()
    socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    expect(await ending(socket)).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('an incomplete body is disconnected', async () => {
    const socket = await dial()
    socket.write(
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"qu',
    )
    expect(await ending(socket)).toMatch(/^HTTP\/1\.1 408 |^$/)
  })

  it.each(['/graphql', '/webhooks/calcom'])(
    'half a body to %s and disconnects causes no server error',
    async (path) => {
      lines.length = 0
      const socket = await dial()
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"qu`,
      )
      // The server must be reading the body to notice that the rest is missing.
      await fetch(`${church.url}/healthz`)
      socket.resetAndDestroy()
      await once(socket, 'close')
      await church.ask(church.pastor, '{ viewer { id } }')
      expect(lines.filter((line) => /"level":"(error|warn)"/.test(line))).toEqual([])
    },
  )
})
