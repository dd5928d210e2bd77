import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { newId } from '../../platform/ids.ts'
import { Secret } from '../../platform/secret.ts'
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts'
import type { PersonViewer, TokenViewer, Viewer } from './viewer.ts'

const limits = { points: 10_000, refillPerSecond: 100 }
const leaseSize = 500

let fresh: FreshDatabase
let nowMs = Date.parse('2026-11-22T09:00:00Z')
const clock = { now: () => new Date(nowMs) }
let paul: PersonViewer

const openRateLimiter = () =>
  createRateLimiter({ database: fresh.database, clock, masterKey: new Secret(Buffer.alloc(32, 1)), limits })

beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())
beforeEach(async () => {
  await fresh.database.apiBudget.deleteMany()
  paul = { kind: 'person', userId: newId(), role: 'pastor', sessionId: newId() }
})

const noOrigin = { ipAddress: null, userAgent: null }

/** The points left, or the refusal's `retryAfterSeconds` as a negative number. */
async function spend(limiter: RateLimiter, viewer: Viewer | null, points: number, ipAddress: string | null = null) {
  try {
    return (await limiter.spend(viewer, { ...noOrigin, ipAddress }, points)).remaining
  } catch (error) {
    const { code, extensions } = error as { code: string; extensions: { retryAfterSeconds: number } }
    if (code !== 'RATE_LIMITED') throw error
    return -extensions.retryAfterSeconds
  }
}

/** Spends `points` at a time, round-robin over the nodes, until each refuses. Returns the total spent. */
async function spendAll(nodes: readonly RateLimiter[], points: number): Promise<number> {
  let spent = 0
  for (const open = new Set(nodes); open.size > 0; ) {
    for (const node of open) {
      if ((await spend(node, paul, points)) < 0) open.delete(node)
      else spent += points
    }
  }
  return spent
}

describe('a budget', () => {
  test('is spent, says what is left, and when to retry', async () => {
    const limiter = openRateLimiter()
    expect(await spend(limiter, paul, 4_000)).toBe(6_000)
    expect(await spend(limiter, paul, 5_900)).toBe(100)
    // 100 are left, so 900 more must be refilled, 100 a second.
    expect(await spend(limiter, paul, 1_000)).toBe(-9)
    nowMs += 8_900
    expect(await spend(limiter, paul, 1_000)).toBe(-1)
    nowMs += 100
    expect(await spend(limiter, paul, 1_000)).toBe(0)
  })

  test('of a known browser is separate, so a stranger at the same address cannot spend it', async () => {
    const limiter = openRateLimiter()
    const office = '198.51.100.9'
    while ((await spend(limiter, null, 500, office)) >= 0);
    const device = { id: 'a browser that somebody signed in from', entries: [] }
    expect(limiter.spend(null, { ipAddress: office, userAgent: null, device }, 500)).toMatchObject({ points: 10_000 })
    expect(await spend(limiter, null, 500, office)).toBeLessThan(0)
  })

  test('is per person, per token, and per network for visitors', async () => {
    const limiter = openRateLimiter()
    const { userId, role } = paul
    const ofToken: TokenViewer = { kind: 'token', tokenId: newId(), userId, role, scopes: new Set() }
    await spend(limiter, paul, 9_999)
    expect(await spend(limiter, { ...paul, sessionId: newId() }, 2)).toBeLessThan(0)
    expect(await spend(limiter, ofToken, 2)).toBe(9_998)
    expect(await spend(limiter, { ...ofToken, tokenId: newId() }, 2)).toBe(9_998)
    await spend(limiter, null, 9_999, '2001:db8::1')
    expect(await spend(limiter, null, 2, '2001:db8::2')).toBeLessThan(0)
    expect(await spend(limiter, null, 2, '2001:db8:0:1::1')).toBeGreaterThan(9_000)
  })

  test('is leased once for many operations, and never by two requests at once', async () => {
    const limiter = openRateLimiter()
    await Promise.all(Array.from({ length: 40 }, () => spend(limiter, paul, 10)))
    // 400 points in one lease of 500, whichever of the forty took it.
    expect(await leased()).toBe(leaseSize)
    await spend(limiter, paul, 100)
    expect(await leased()).toBe(leaseSize)
    await spend(limiter, paul, 1)
    expect(await leased()).toBe(2 * leaseSize)
  })

  test('answers synchronously while the lease has points', async () => {
    const limiter = openRateLimiter()
    expect(limiter.spend(paul, noOrigin, 10)).toBeInstanceOf(Promise)
    await limiter.spend(paul, noOrigin, 10)
    expect(limiter.spend(paul, noOrigin, 10)).not.toBeInstanceOf(Promise)
  })
})

describe('across many nodes', () => {
  test.each([1, 7, 90, 499, 500, 501, 3_000])('spends no more than one budget, %i points at a time', async (points) => {
    const spent = await spendAll([openRateLimiter(), openRateLimiter(), openRateLimiter()], points)
    expect(spent).toBeLessThanOrEqual(limits.points)
    // A lease on one node is lost when another is refused; never more than one lease.
    expect(spent).toBeGreaterThan(limits.points - 3 * leaseSize - points)
  })

  test('concurrent spending does not exceed it either', async () => {
    const nodes = [openRateLimiter(), openRateLimiter()]
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, at) => spend(nodes[at % 2] ?? openRateLimiter(), paul, 50)),
    )
    const spent = answers.filter((remaining) => remaining >= 0).length * 50
    expect(spent).toBeLessThanOrEqual(limits.points)
    expect(spent).toBeGreaterThan(limits.points - 2 * leaseSize)
  })

  test('an unused lease expires, so that each node holds at most one lease', async () => {
    const nodes = [openRateLimiter(), openRateLimiter()]
    for (const node of nodes) await spend(node, paul, 1)
    // A lease expires after the time its points need to refill.
    nowMs += 5_000
    expect(await spendAll(nodes, 1)).toBeLessThanOrEqual(limits.points)
    nowMs += 1_000_000
    for (const node of nodes) await spend(node, paul, 1)
    nowMs += 4_999
    expect(await spendAll(nodes, 1)).toBeLessThanOrEqual(limits.points + nodes.length * leaseSize)
  })

  test('an exhausted caller costs the database nothing', async () => {
    const limiter = openRateLimiter()
    await spend(limiter, paul, limits.points)
    await fresh.database.$executeRaw`ALTER TABLE api_budgets RENAME TO away`
    try {
      expect(await spend(limiter, paul, 1)).toBe(-1)
    } finally {
      await fresh.database.$executeRaw`ALTER TABLE away RENAME TO api_budgets`
    }
  })
})

test('a flood of visitors from new addresses never reaches the database', async () => {
  const limiter = openRateLimiter()
  for (let at = 0; at < 100; at++) await spend(limiter, null, 10, `203.0.113.${at}`)
  expect(await fresh.database.apiBudget.count()).toBe(0)
  // A persistent visitor does, and gets one lease more than others.
  let spent = 0
  while ((await spend(limiter, null, 100, '198.51.100.1')) >= 0) spent += 100
  expect(spent).toBe(limits.points + leaseSize)
})

test('deletes full budgets and keeps the others', async () => {
  const limiter = openRateLimiter()
  await spend(limiter, paul, 1_000)
  await spend(limiter, null, 501, '203.0.113.9')
  nowMs += 5_010
  expect(await limiter.deleteExpired()).toBe(1)
  nowMs += 5_000
  expect(await limiter.deleteExpired()).toBe(1)
})

test('the table names nobody', async () => {
  await spend(openRateLimiter(), null, 501, '203.0.113.9')
  const [row] = await fresh.database.apiBudget.findMany()
  expect(row?.key).toMatch(/^[0-9a-f]{64}$/)
})

/** Points taken from the only bucket. */
async function leased(): Promise<number> {
  const row = await fresh.database.apiBudget.findFirstOrThrow()
  return ((row.fullAt.getTime() - nowMs) / 1_000) * limits.refillPerSecond
}
