import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import { createLog } from '../../src/platform/logging/log.ts'
import { bookingNumber, signatureOf } from '../support/cal.ts'
import { asSuperuser } from '../support/database.ts'
import { type Person, type RunningChurch, startChurch, webhookSecret } from '../support/running-church.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

const forwarded = { 'x-forwarded-for': '203.0.113.1' }

describe('/metrics', () => {
  const statusOf = async (url: string, headers: Record<string, string> = {}) =>
    (await fetch(`${url}/metrics`, { headers })).status

  it('answers local programs, but not requests forwarded by a proxy', async () => {
    expect(await statusOf(church.url)).toBe(200)
    for (const name of ['x-forwarded-for', 'forwarded', 'x-forwarded-proto', 'x-real-ip', 'via']) {
      const response = await fetch(`${church.url}/metrics`, { headers: { [name]: 'for=203.0.113.1' } })
      expect([name, response.status]).toEqual([name, 404])
      expect(await response.text()).not.toContain('process_')
    }
  })

  it('requires the token if one is configured', async () => {
    const token = 'a-token-that-only-tests-have'
    const { url } = await church.secondNode({ variables: { METRICS_TOKEN: token } })
    const invalid = [undefined, token, `Bearer ${token}x`, 'Bearer ', `Basic ${token}`, `Bearer ${token.slice(1)}`]
    for (const authorization of invalid) {
      expect(await statusOf(url, authorization === undefined ? {} : { authorization })).toBe(401)
    }
    expect(await statusOf(url, { authorization: `Bearer ${token}` })).toBe(200)
    expect(await statusOf(url, { authorization: `bearer ${token}`, ...forwarded })).toBe(200)
  })

  it('contains no address, ID or name', async () => {
    await church.ask(church.pastor, '{ viewer { id name email } bookings { nodes { id title } } }')
    const text = await (await fetch(`${church.url}/metrics`)).text()
    expect(text).toContain('process_cpu_user_seconds_total')
    expect(text).not.toMatch(/[\w.]+@[\w.]+|[0-9a-f]{8}-[0-9a-f]{4}-|Paul|Lydia|Ada/)
  })
})

/** A log, and its lines that name a variable. */
function openLog() {
  const lines: string[] = []
  const to = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  return {
    log: createLog({ level: 'warn', to }),
    warnings: () => lines.filter((each) => each.includes('TRUSTED_PROXIES')),
  }
}

describe('health', () => {
  const query = '{ serverWarnings { code message } }'

  it('tells visitors only whether the server is ready', async () => {
    expect(await (await fetch(`${church.url}/readyz`, { headers: forwarded })).text()).toBe('{"status":"ready"}')
    expect(await (await fetch(`${church.url}/healthz`, { headers: forwarded })).text()).toBe('{"status":"alive"}')
  })

  it('warns admins, and nobody else, about a proxy that isn’t configured', async () => {
    const { log, warnings } = openLog()
    const node = await church.secondNode({ log })
    for (let times = 0; times < 3; times++) await node.ask(null, '{ viewer { id } }', {}, forwarded)
    expect(warnings()).toHaveLength(1)
    expect((await node.ask(church.admin, query, {}, forwarded)).data).toEqual({
      serverWarnings: [{ code: 'PROXY_NOT_TRUSTED', message: expect.stringContaining('Set TRUSTED_PROXIES') }],
    })
    expect((await church.ask(church.admin, query)).data).toEqual({ serverWarnings: [] })
    const refused = async (person: Person | null) => (await node.ask(person, query)).errors?.[0]?.extensions.code
    expect([await refused(church.pastor), await refused(null)]).toEqual(['FORBIDDEN', 'UNAUTHENTICATED'])
  })

  it('logs the warning at startup if TLS implies a proxy', async () => {
    const { log, warnings } = openLog()
    const variables = { PUBLIC_URL: 'https://hub.church.example' }
    await church.secondNode({ variables, log })
    expect(warnings()).toHaveLength(1)
    await church.secondNode({ variables: { ...variables, TRUSTED_PROXIES: '10.0.0.1' }, log })
    expect(warnings()).toHaveLength(1)
  })
})

describe('/readyz and webhooks', () => {
  /** A node over a database of its own, whose sessions get a setting that makes writes fail. */
  async function withSetting(setting: string, work: (broken: RunningChurch) => Promise<void>): Promise<void> {
    const broken = await startChurch({ runsJobs: false })
    const name = new URL(broken.databaseUrl).pathname.slice(1)
    const apply = (change: string) =>
      asSuperuser(async (client) => {
        await client.query(`ALTER DATABASE ${name} ${change}`)
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
      })
    try {
      await apply(`SET ${setting}`)
      await expect.poll(() => statusOf(broken), { timeout: 10_000, interval: 200 }).toBe(503)
      await work(broken)
      await apply(`RESET ${setting.split(' ')[0]}`)
      await expect.poll(() => statusOf(broken), { timeout: 10_000, interval: 200 }).toBe(200)
    } finally {
      await broken.close()
    }
  }
  const statusOf = async ({ url }: RunningChurch) => (await fetch(`${url}/readyz`)).status

  it('are unavailable while the database is read-only', async () => {
    await withSetting('default_transaction_read_only = on', async (broken) => {
      const body = JSON.stringify(bookingWebhook('BOOKING_CREATED', new Date('2026-01-20T08:00:00Z'), bookingNumber(1)))
      const response = await fetch(`${broken.url}/webhooks/calcom`, {
        method: 'POST',
        headers: { 'x-cal-signature-256': signatureOf(webhookSecret, body) },
        body,
      })
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    })
  })
})
