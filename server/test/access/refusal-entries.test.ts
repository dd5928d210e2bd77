import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createBursts } from '../../src/core/audit/bursts.ts'
import { createLog } from '../../src/platform/logging/log.ts'
import { type RunningChurch, type RunningNode, startChurch, webhookSecret } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
let node: RunningNode

beforeAll(async () => {
  church = await startChurch({ runsJobs: false, variables: { TRUSTED_PROXIES: '127.0.0.1' } })
  node = await church.secondNode()
})
afterAll(() => church.close())
beforeEach(() => church.deps.database.$executeRaw`DELETE FROM audit_bursts`)

const entriesOf = (action: string) =>
  church.deps.database.auditLog.findMany({
    where: { action },
    orderBy: { id: 'asc' },
    select: { userId: true, resourceId: true, metadata: true, ipAddress: true },
  })

/** The entries that an operation adds, including those of its bursts after two minutes. */
async function entriesAfter(action: string, work: () => Promise<unknown>) {
  const before = (await entriesOf(action)).length
  await work()
  const atOnce = (await entriesOf(action)).slice(before)
  const { database } = church.deps
  const laterClock = { now: () => new Date(Date.now() + 120_000) }
  await createBursts({ database, clock: laterClock, log: createLog({ level: 'silent' }) }).flush()
  return { atOnce, leftOver: (await entriesOf(action)).slice(before + atOnce.length) }
}

const from = (address: string) => ({ 'x-forwarded-for': address })
const askWith = (token: string, address: string, at: Pick<RunningNode, 'ask'> = church) =>
  at.ask(null, '{ bookings { totalCount } }', {}, { ...from(address), authorization: `Bearer ${token}` })

describe('a rejected token', () => {
  it('is logged once a minute per source, with a count, across all nodes', async () => {
    const token = `chub_${'A'.repeat(43)}`
    const { atOnce, leftOver } = await entriesAfter('token.refused', async () => {
      for (let times = 0; times < 9; times++) await askWith(token, '203.0.113.1', times % 2 ? church : node)
      await Promise.all(Array.from({ length: 20 }, () => askWith(token, '203.0.113.1')))
      await askWith('not a token at all', '203.0.113.2')
    })
    const unknown = { userId: null, resourceId: null }
    expect(atOnce).toEqual([
      { ...unknown, ipAddress: '203.0.113.1', metadata: { reason: 'unknown', count: 1 } },
      { ...unknown, ipAddress: '203.0.113.2', metadata: { reason: 'unknown', count: 1 } },
    ])
    expect(leftOver).toEqual([{ ...unknown, ipAddress: '203.0.113.1', metadata: { reason: 'unknown', count: 28 } }])
  })

  it('is named in the entry if it is known, with the reason, and its owner sees the entry', async () => {
    const { pastor, otherPastor, deps } = church
    const revoked = await addToken(church, pastor, ['bookings:read'])
    const expired = await addToken(church, pastor, ['bookings:read'])
    await deps.database.apiToken.update({ where: { id: revoked.rowId }, data: { revokedAt: new Date() } })
    await deps.database.apiToken.update({ where: { id: expired.rowId }, data: { expiresAt: new Date() } })
    const { atOnce } = await entriesAfter('token.refused', async () => {
      for (const { token } of [revoked, expired]) expect((await askWith(token, '203.0.113.3')).status).toBe(401)
      await fetch(`${church.url}/audit-log.csv`, {
        headers: { ...from('203.0.113.4'), authorization: `Bearer ${revoked.token}` },
      })
    })
    const expected = { userId: null, metadata: { subjectUserId: pastor.userId, count: 1 } }
    expect(atOnce).toMatchObject([
      { ...expected, resourceId: revoked.rowId, metadata: { ...expected.metadata, reason: 'revoked' } },
      { ...expected, resourceId: expired.rowId, metadata: { ...expected.metadata, reason: 'expired' } },
      { ...expected, resourceId: revoked.rowId, ipAddress: '203.0.113.4' },
    ])
    const query = '{ auditLogs(filter: { action: ["token.refused"] }) { nodes { resourceId } } }'
    expect((await church.ask(pastor, query)).text).toContain(expired.rowId)
    expect((await church.ask(otherPastor, query)).data).toEqual({ auditLogs: { nodes: [] } })
  })

  it('is logged when it requests something outside its scopes', async () => {
    const { pastor } = church
    const token = await addToken(church, pastor, ['bookings:read'])
    const { atOnce, leftOver } = await entriesAfter('token.refused', async () => {
      for (const query of ['{ auditLogs { totalCount } }', '{ sessions { id } }', '{ users { totalCount } }']) {
        await askWithToken(church, token, query)
      }
    })
    expect(atOnce).toMatchObject([
      { userId: pastor.userId, metadata: { reason: 'forbidden', tokenId: token.rowId, count: 1 } },
    ])
    expect(leftOver.length).toBeLessThanOrEqual(1)
  })
})

describe('a delivery with an invalid signature', () => {
  const deliver = (address: string, signature: string | null, at: Pick<RunningNode, 'url'> = church) =>
    fetch(`${at.url}/webhooks/calcom`, {
      method: 'POST',
      headers: { ...from(address), ...(signature !== null && { 'x-cal-signature-256': signature }) },
      body: '{"triggerEvent":"PING","createdAt":"2026-11-22T09:00:00Z","payload":{}}',
    })

  it('is logged once a minute per source, with a count, across all nodes', async () => {
    const { atOnce, leftOver } = await entriesAfter('webhook.signature_refused', async () => {
      for (let times = 0; times < 6; times++) {
        const response = await deliver('203.0.113.5', times % 3 ? 'f'.repeat(64) : null, times % 2 ? church : node)
        expect(response.status).toBe(401)
      }
    })
    const entry = { userId: null, resourceId: null, ipAddress: '203.0.113.5' }
    expect(atOnce).toEqual([{ ...entry, metadata: { count: 1 } }])
    expect(leftOver).toEqual([{ ...entry, metadata: { count: 5 } }])
  })

  it('is the only kind of delivery that is logged', async () => {
    const body = '{"triggerEvent":"PING","createdAt":"2026-11-22T09:00:00Z","payload":{}}'
    const signature = createHmac('sha256', webhookSecret).update(body).digest('hex')
    const { atOnce } = await entriesAfter('webhook.signature_refused', () => deliver('203.0.113.6', signature))
    expect(atOnce).toEqual([])
  })
})

it('sign-in attempts at unknown accounts are aggregated, and those at a real account are not', async () => {
  const mutation = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }'
  const signInWith = (email: string) =>
    church.ask(null, mutation, { input: { email, password: 'a wrong guess' } }, from('203.0.113.7'))
  const { atOnce, leftOver } = await entriesAfter('session.sign_in_failed', async () => {
    for (let at = 0; at < 4; at++) await signInWith(`nobody${at}@church.example`)
    for (let at = 0; at < 2; at++) await signInWith(church.pastor.email)
  })
  expect(atOnce.map(({ metadata }) => metadata)).toEqual([
    { reason: 'unknown_account' },
    { reason: 'wrong_password' },
    { reason: 'wrong_password' },
  ])
  expect(leftOver.map(({ metadata }) => metadata)).toEqual([{ reason: 'unknown_account', count: 3 }])
})
