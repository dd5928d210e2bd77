import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordPast } from '../../../test/support/audit-log.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addBooking, addPerson, openTestVault, testOrigin } from '../../../test/support/parish.ts'
import type { PersonViewer } from '../../core/access/viewer.ts'
import { auditLogDownload } from './audit-log.download.ts'

let fresh: FreshDatabase
let server: Server
let base: string
let admin: PersonViewer
let pastor: PersonViewer
/** One user per download, because a user can only have one at a time. */
let readers: PersonViewer[]
let bookingId: string
/** How many more checks find the session valid. */
let timesAlive = Number.POSITIVE_INFINITY

beforeAll(async () => {
  fresh = await freshDatabase()
  const { database } = fresh
  admin = await addPerson(database, 'admin')
  pastor = await addPerson(database, 'pastor')
  readers = await Promise.all(Array.from({ length: 30 }, () => addPerson(database, 'admin')))
  bookingId = await addBooking({ database, vault: await openTestVault(database) }, pastor, { intake: null })
  for (const month of ['2025-01', '2025-02', '2025-04']) await recordPast(database, `${month}-27T23:30:00Z`, 1_200)
  await database.$executeRaw`SELECT make_partitions(0)`
  await database.$executeRaw`
    INSERT INTO audit_logs (id, action, resource, "userId", "bookingId", "createdAt")
    SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'intake.read' ELSE 'session.signed_in' END, 'booking',
      CASE WHEN n % 2 = 1 THEN ${pastor.userId}::uuid END, CASE WHEN n % 2 = 0 THEN ${bookingId}::uuid END,
      timestamptz '2025-01-02' + n * interval '1 hour'
    FROM generate_series(1, 2500) AS n`
  const download = auditLogDownload({
    database,
    sessions: { findValid: async (ids) => new Set(timesAlive-- > 0 ? ids : []) },
    tokens: { findValid: async () => new Set() },
    minimumRate: { bytes: 65_536, withinMs: 300 },
    log: { error: console.error },
    publicOrigins: new Set(['http://localhost']),
    identify: async ({ headers }) => {
      const viewer = [admin, pastor, ...readers].find(({ userId }) => userId === headers.cookie) ?? null
      return { viewer, origin: testOrigin }
    },
  })
  server = createServer((request, response) => {
    download(request, response).catch((error: unknown) => {
      console.error(error)
      response.writeHead(500).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // a server listening on a port has an AddressInfo
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  await fresh.close()
})

const get = (path: string, viewer: PersonViewer | null, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${base}${path}`, { method, headers: { ...(viewer && { cookie: viewer.userId }), ...headers } })

async function linesOf(path: string, viewer: PersonViewer): Promise<Record<string, unknown>[]> {
  const text = await (await get(path, viewer)).text()
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

const exports = () =>
  fresh.database.auditLog.findMany({ where: { action: 'audit.exported' }, orderBy: { createdAt: 'asc' } })

test('an admin gets all entries once, newest first, and the export is logged with its row count', async () => {
  const before = await fresh.database.auditLog.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })
  const response = await get('/audit-log.jsonl', admin)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/jsonl; charset=utf-8',
    'cache-control': 'no-store',
    'x-audit-log-rows': String(before.length),
    'content-disposition': expect.stringMatching(/^attachment; filename="audit-log-\d{4}-\d{2}-\d{2}\.jsonl"$/),
  })
  const lines = (await response.text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  expect(lines).toEqual(JSON.parse(JSON.stringify(before)))
  expect((await exports()).at(-1)).toMatchObject({
    userId: admin.userId,
    ipAddress: testOrigin.ipAddress,
    metadata: { format: 'jsonl', rows: before.length },
  })
})

test('a pastor gets their own view, across all months', async () => {
  const lines = await linesOf('/audit-log.jsonl', pastor)
  expect(lines.length).toBe(2_500)
  expect(lines.every((line) => line.userId === pastor.userId || line.bookingId === bookingId)).toBe(true)
  const times = lines.map(({ createdAt }) => String(createdAt))
  expect(times).toEqual(times.toSorted().reverse())
})

test('the filters of the API apply here too', async () => {
  const path = `/audit-log.csv?action=intake.read&bookingId=${bookingId}&from=2025-02-01T00:00:00Z&to=2025-02-02T00:00:00Z`
  const response = await get(path, pastor)
  const lines = (await response.text()).split('\r\n')
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
  expect(lines).toHaveLength(1 + 12 + 1)
  expect((await exports()).at(-1)).toMatchObject({ userId: pastor.userId, metadata: { format: 'csv', rows: 12 } })
})

// Fails if recordAudit runs after the first chunk.
test('an export that can’t be logged is refused', async () => {
  await asSuperuser((client) => client.query('REVOKE INSERT ON audit_logs FROM churchhub'), fresh.url)
  const response = await get('/audit-log.csv', admin)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('5')
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'AUDIT_UNAVAILABLE' } }] })
  await asSuperuser((client) => client.query('GRANT INSERT ON audit_logs TO churchhub'), fresh.url)
  expect((await get('/audit-log.csv', admin)).status).toBe(200)
})

test('unauthenticated, cross-site and invalid requests are refused, and nothing is logged', async () => {
  const before = (await exports()).length
  const refusals = await Promise.all([
    get('/audit-log.csv', null),
    get('/audit-log.csv', admin, { 'sec-fetch-site': 'cross-site' }),
    get('/audit-log.csv', admin, {}, 'POST'),
    get('/audit-log.csv?userId=x', admin),
    get('/audit-log.xlsx', admin),
  ])
  expect(refusals.map(({ status }) => status)).toEqual([401, 403, 405, 400, 404])
  expect(await refusals[3]?.json()).toMatchObject({
    errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'userId' } }],
  })
  expect((await exports()).length).toBe(before)
})

test('concurrent downloads are limited, and readers who disconnect free their slot', async () => {
  const many = await Promise.all(readers.map((reader) => get('/audit-log.jsonl', reader)))
  expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200, 429]))
  await Promise.all(many.map(({ body }) => body?.cancel()))
  expect((await linesOf('/audit-log.jsonl', admin)).length).toBeGreaterThan(6_000)
})

// Fails without the check before each chunk: everything was sent.
test('a download is aborted when its session ends', async () => {
  timesAlive = 3
  const response = await get('/audit-log.jsonl', admin)
  expect(Number(response.headers.get('x-audit-log-rows'))).toBeGreaterThan(6_000)
  await expect(response.text()).rejects.toThrow('terminated')
  timesAlive = Number.POSITIVE_INFINITY
  expect((await linesOf('/audit-log.jsonl', admin)).length).toBeGreaterThan(6_000)
})

// Fails without the limit: one admin occupied both slots.
test('a user can have only one download at a time', async () => {
  const first = await get('/audit-log.jsonl', admin)
  const second = await get('/audit-log.jsonl', admin)
  expect([second.status, second.headers.get('retry-after')]).toEqual([429, '5'])
  await first.text()
  await expect
    .poll(async () => (await linesOf('/audit-log.jsonl?action=intake.read', admin)).length)
    .toBeGreaterThan(1_000)
})

// Fails without a minimum rate: the third reader waited forever. An idle timeout isn't enough, because both readers took a
// byte now and then.
test.each([0, 20])(
  'readers who read almost nothing, %i bytes at a time, lose their slot',
  async (bytes) => {
    // More than the kernel buffers for a reader.
    await fresh.database.$executeRaw`
    INSERT INTO audit_logs (id, action, resource, "userAgent")
    SELECT gen_random_uuid(), 'session.signed_in', 'session', repeat('x', 2000) FROM generate_series(1, 10000)`
    const slow = await Promise.all(readers.slice(0, 2).map((reader) => openSlowly('/audit-log.jsonl', reader, bytes)))
    const response = await get('/audit-log.csv?action=intake.read', admin)
    expect((await response.text()).split('\r\n')).toHaveLength(1 + 1_250 + 1)
    for (const socket of slow) socket.destroy()
  },
  20_000,
)

/** A download whose reader reads this many bytes now and then after the beginning. */
async function openSlowly(path: string, viewer: PersonViewer, bytes: number): Promise<Socket> {
  const { hostname, port } = new URL(base)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nCookie: ${viewer.userId}\r\n\r\n`)
  await once(socket, 'readable')
  const reading = setInterval(() => bytes > 0 && socket.read(bytes), 20)
  socket.once('close', () => clearInterval(reading))
  return socket
}
