import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addBooking, addSummary } from '../support/parish.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'

let church: RunningChurch

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

const viewerQuery = JSON.stringify({ query: '{ viewer { name } }' })

function post(headers: Record<string, string>, body = viewerQuery, path = '/graphql') {
  return fetch(`${church.url}${path}`, { method: 'POST', headers, body })
}

describe('a request with the session cookie', () => {
  const json = { 'content-type': 'application/json' }

  it.each([
    ['from a non-browser client', {}, 200],
    ['from our own page', { 'sec-fetch-site': 'same-origin', origin: 'SELF' }, 200],
    ['from another site’s page', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
    ['from another host of our site', { 'sec-fetch-site': 'same-site' }, 403],
    ['with another origin', { origin: 'https://evil.example' }, 403],
    ['with the origin null', { origin: 'null' }, 403],
  ])('%s', async (_from, headers: Record<string, string>, status) => {
    const origin = headers.origin === 'SELF' ? { origin: church.url } : {}
    const response = await post({ ...json, ...headers, ...origin, cookie: church.pastor.cookie })
    expect(response.status).toBe(status)
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'is refused as %j, which another site’s form could send',
    async (type) => {
      const response = await post({ 'content-type': type, cookie: church.pastor.cookie })
      expect(response.status).toBe(415)
    },
  )
})

describe('a GET request', () => {
  const get = (headers: Record<string, string>) =>
    fetch(`${church.url}/graphql?query=%7Bviewer%7Bname%7D%7D`, { headers })

  it('is allowed for our own page, but not for visitors or with the cookie alone, as from a link', async () => {
    expect((await get({})).status).toBe(401)
    expect((await get({ cookie: church.pastor.cookie })).status).toBe(403)
    expect((await get({ cookie: church.pastor.cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  })
})

describe('the endpoint', () => {
  it('refuses a body above 256 KB with 413, with or without a Content-Length', async () => {
    const large = JSON.stringify({ query: `{ viewer { name } } # ${'x'.repeat(300_000)}` })
    expect((await post({ 'content-type': 'application/json' }, large)).status).toBe(413)
    const stream = new Blob([large]).stream()
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: stream, duplex: 'half' }
    const response = await fetch(`${church.url}/graphql`, init as RequestInit) // the DOM type lacks `duplex`
    expect(response.status).toBe(413)
  })

  it('rejects an operation that is too expensive, states its cost, and counts variables', async () => {
    const query = `query($n: Int) { bookings(first: $n) { nodes { thread { contextSummaries(first: $n) { nodes { id
      booking { thread { contextSummaries(first: $n) { nodes { id } } } } } } } } } }`
    const { errors } = await church.ask(church.pastor, query, { n: 100 })
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 'cost' })
    expect(errors?.[0]?.extensions.cost).toBeGreaterThan(60_000)
    expect((await church.ask(church.pastor, query, { n: 1 })).errors).toBeUndefined()
  })

  it('rejects a page of more than 100 rows, and states the limit', async () => {
    const { errors } = await church.ask(church.pastor, '{ bookings(first: 101) { nodes { id } } }')
    expect(errors?.[0]).toMatchObject({
      message: 'first must be from 0 to 100.',
      extensions: { code: 'BAD_USER_INPUT', field: 'first' },
    })
  })

  it('matches search text literally, including LIKE wildcards, and only in titles visible to the viewer', async () => {
    const { deps, pastor, admin } = church
    await addBooking(deps, pastor, { columns: { title: 'Talk at 100% with Silas', eventTypeTitle: 'Talk' } })
    const titles = async (person: Person, search: string) => {
      const query = 'query($search: String) { bookings(filter: { search: $search }) { nodes { title } } }'
      const { data } = await church.ask<{ bookings: { nodes: { title: string }[] } }>(person, query, { search })
      return data?.bookings.nodes.map(({ title }) => title)
    }
    expect(await titles(pastor, '%')).toEqual(['Talk at 100% with Silas'])
    expect(await titles(pastor, 'silas')).toEqual(['Talk at 100% with Silas'])
    expect(await titles(admin, 'silas')).toEqual([])
    expect(await titles(admin, 'talk')).toEqual(['Talk'])
  })

  it('rejects batches', async () => {
    const response = await post({ 'content-type': 'application/json' }, `[${viewerQuery},${viewerQuery}]`)
    expect(response.status).toBe(400)
  })

  it('hides the schema from signed-out visitors', async () => {
    const introspection = '{ __schema { types { name } } }'
    // In this order: a validation result cached for a signed-in user must not be reused for a visitor.
    expect((await church.ask(church.pastor, introspection)).errors).toBeUndefined()
    expect((await church.ask(null, introspection)).data).toBeUndefined()
    expect((await church.ask(church.pastor, introspection)).errors).toBeUndefined()
    const misspelt = await church.ask(null, '{ bookingz { id } }')
    expect(misspelt.text).not.toMatch(/did you mean/i)
  })

  it('returns an error code for signed-out users', async () => {
    const { errors } = await church.ask(null, '{ bookings { nodes { id } } }')
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED'])
  })

  it('prevents framing, MIME sniffing and third-party scripts', async () => {
    const { headers } = await fetch(`${church.url}/healthz`)
    expect(headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('serves liveness, readiness and metrics', async () => {
    expect(await (await fetch(`${church.url}/healthz`)).json()).toEqual({ status: 'alive' })
    expect(await (await fetch(`${church.url}/readyz`)).json()).toEqual({ status: 'ready' })
    expect(await (await fetch(`${church.url}/metrics`)).text()).toContain('process_cpu_user_seconds_total')
  })

  it('returns 404 for an unknown path', async () => {
    expect((await fetch(`${church.url}/nothing`)).status).toBe(404)
  })

  it('masks unexpected errors, and returns the ID under which they are logged', async () => {
    const { deps, pastor } = church
    await deps.database.$executeRaw`ALTER TABLE forms RENAME TO forms_away`
    const bookingId = await addBooking(deps, pastor)
    await deps.database.$executeRaw`ALTER TABLE forms_away RENAME TO forms`
    const summaryId = await addSummary(deps, pastor, bookingId, 'words', { method: 'no method' as 'rule-based' })
    const { errors, text } = await church.ask(
      pastor,
      `{ node(id: "${globalId('ContextSummary', summaryId)}") { ... on ContextSummary { metadata { topic } } } }`,
    )
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL', errorId: expect.any(String) })
    expect(text).not.toMatch(/zod|invalid|stack|\.ts/i)
  })
})

describe('the audit log as a file', () => {
  const get = (path: string, cookie?: string) => fetch(`${church.url}${path}`, cookie ? { headers: { cookie } } : {})

  it('contains each viewer’s own view, and is logged before the first byte', async () => {
    const { deps, pastor, admin } = church
    const csv = await get('/audit-log.csv?action=session.signed_in', pastor.cookie)
    expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="audit-log-\d{4}-\d\d-\d\d\.csv"$/)
    const own = await csv.text()
    expect(own).toContain(pastor.userId)
    expect(own).not.toContain(admin.userId)
    const all = await (await get('/audit-log.jsonl?action=session.signed_in', admin.cookie)).text()
    expect(all).toContain(pastor.userId)
    expect(all).toContain(admin.userId)
    const exports = await deps.database.auditLog.findMany({ where: { action: 'audit.exported' } })
    expect(new Set(exports.map(({ userId }) => userId))).toEqual(new Set([pastor.userId, admin.userId]))
  })

  it('is refused without a session', async () => {
    expect((await get('/audit-log.csv')).status).toBe(401)
  })
})

describe('when the audit log can’t be written', () => {
  it('nothing is decrypted while its disk is full', async () => {
    const { deps, pastor } = church
    const bookingId = await addBooking(deps, pastor, { intake: { notes: 'a note on a full disk' } })
    const open = () => church.ask(pastor, `{ booking(id: "${globalId('Booking', bookingId)}") { intake { notes } } }`)
    // With PostgreSQL's own error code.
    await deps.database.$executeRaw`
      CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`
    await deps.database
      .$executeRaw`CREATE TRIGGER full_disk BEFORE INSERT ON audit_logs EXECUTE FUNCTION disk_is_full()`
    const refused = await open()
    await deps.database.$executeRaw`DROP TRIGGER full_disk ON audit_logs`
    expect(refused.text).not.toContain('a note on a full disk')
    expect(refused.errors?.map(({ extensions }) => extensions.code)).toEqual(['AUDIT_UNAVAILABLE'])
    expect((await open()).text).toContain('a note on a full disk')
  })

  it('nothing is decrypted, the error says why, and access returns once it can be written again', async () => {
    const { deps, pastor } = church
    const bookingId = await addBooking(deps, pastor, { intake: { notes: 'a secret nobody reads' } })
    const summaryId = await addSummary(deps, pastor, bookingId, 'a summary nobody reads')
    const open = () =>
      church.ask(
        pastor,
        `{ booking(id: "${globalId('Booking', bookingId)}") { title intake { notes } contextSummaries { nodes { content { text } } } }
           node(id: "${globalId('ContextSummary', summaryId)}") { ... on ContextSummary { content { text } } } }`,
      )
    await deps.database.$executeRaw`REVOKE INSERT ON audit_logs FROM CURRENT_USER`
    const refused = await open()
    await deps.database.$executeRaw`GRANT INSERT ON audit_logs TO CURRENT_USER`
    expect(refused.text).not.toContain('nobody reads')
    expect(refused.text).toContain('Maria Santos')
    expect(new Set(refused.errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['AUDIT_UNAVAILABLE']))

    const before = await deps.database.auditLog.count({ where: { bookingId } })
    const opened = await open()
    expect(opened.text).toContain('a secret nobody reads')
    expect(opened.text).toContain('a summary nobody reads')
    expect(await deps.database.auditLog.count({ where: { bookingId } })).toBe(before + 3)
  })
})

function globalId(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64')
}
