import { createHmac, hkdfSync } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { BudgetLimits } from '../../platform/config/limits.ts'
import type { Database } from '../../platform/database/client.ts'
import { RateLimitedError } from '../../platform/errors.ts'
import type { Secret } from '../../platform/secret.ts'
import { networkOf } from './network.ts'
import type { Origin, Viewer } from './viewer.ts'

/** A caller's remaining budget, as this node knows it. */
export type RateLimit = Readonly<{ remaining: number; points: number }>

/** Limits what callers spend across all nodes. */
export type RateLimiter = Readonly<{
  /**
   * Spends a caller's points. Answers synchronously while this node's lease covers them; only a new lease queries the
   * database.
   *
   * @throws RateLimitedError when the caller doesn't have enough points
   */
  spend(viewer: Viewer | null, origin: Origin, points: number): RateLimit | Promise<RateLimit>
  /** Deletes budgets that are full again. Returns their number. */
  deleteExpired(): Promise<number>
}>

type RateLimiterOptions = Readonly<{
  database: Database
  clock: Clock
  /** The master key, from which the hashing key is derived. Changing it only resets the counters. */
  masterKey: Secret<Buffer>
  limits: BudgetLimits
}>

/** The share of a budget that a node leases at once. */
const leaseShare = 1 / 20

/** The maximum number of leases in memory; evicted callers take a new one from the database. */
const maxLeases = 20_000

type Lease = {
  left: number
  /** When the rest expires. By then the bucket has refilled as much. */
  endsAt: number
  /** When the bucket will be full, as last seen. Other nodes can only have moved it further. */
  fullAt: number
  /** The pending lease request, shared by all waiting callers. */
  pending: Promise<void> | null
}

/** Creates the rate limiter. docs/decisions/050-rate-limiting.md says how much leases can let through. */
export function createRateLimiter({ database, clock, masterKey, limits }: RateLimiterOptions): RateLimiter {
  const secret = Buffer.from(hkdfSync('sha256', masterKey.reveal(), '', 'churchhub budgets v1', 32))
  const { points: capacity, refillPerSecond } = limits
  const leaseSize = Math.max(1, Math.floor(capacity * leaseShare))
  const msOf = (points: number) => (points / refillPerSecond) * 1_000
  const leases = new Map<string, Lease>()

  function leaseOf(caller: string): Lease {
    const known = leases.get(caller)
    if (known !== undefined) return known
    if (leases.size >= maxLeases) leases.delete(leases.keys().next().value ?? '')
    const lease: Lease = { left: 0, endsAt: 0, fullAt: 0, pending: null }
    leases.set(caller, lease)
    return lease
  }

  /** Points in the bucket, excluding the leases of all nodes. */
  function inBucket({ fullAt }: Lease, now: number): number {
    const missingMs = Math.max(0, fullAt - now)
    return Math.max(0, Math.floor(capacity - (missingMs * refillPerSecond) / 1_000))
  }

  /**
   * Moves the time the bucket will be full by the points taken, unless that exceeds the budget (the generic cell rate
   * algorithm, as in login-throttle.ts). Check and update are one statement.
   */
  async function take(caller: string, lease: Lease, amount: number): Promise<boolean> {
    const now = clock.now()
    const latest = new Date(now.getTime() + msOf(capacity))
    const key = createHmac('sha256', secret).update(caller).digest('hex')
    const [row] = await database.$queryRaw<{ isTaken: boolean; fullAt: Date }[]>`
      WITH taken AS (
        INSERT INTO api_budgets AS bucket (key, "fullAt")
        VALUES (${key}, ${now}::timestamptz + ${msOf(amount)}::float8 * interval '1 millisecond')
        ON CONFLICT (key) DO UPDATE
        SET "fullAt" = greatest(bucket."fullAt", ${now}::timestamptz) + ${msOf(amount)}::float8 * interval '1 millisecond'
        WHERE greatest(bucket."fullAt", ${now}::timestamptz) + ${msOf(amount)}::float8 * interval '1 millisecond'
          <= ${latest}::timestamptz
        RETURNING "fullAt"
      )
      SELECT true AS "isTaken", "fullAt" FROM taken
      UNION ALL
      SELECT false, "fullAt" FROM api_budgets WHERE key = ${key} AND NOT EXISTS (SELECT FROM taken)`
    // No row: another node inserted its first lease after this statement's snapshot. The next snapshot includes it.
    if (row === undefined) return take(caller, lease, amount)
    lease.fullAt = row.fullAt.getTime()
    if (!row.isTaken) return false
    lease.left = leftIn(lease, now.getTime()) + amount
    lease.endsAt = now.getTime() + msOf(leaseSize)
    return true
  }

  /**
   * Grants a visitor a lease without a query: their first, and again once it has expired. A flood from new addresses
   * must not reach the database, and a visitor's budget is small.
   */
  function grantLease(lease: Lease, points: number): void {
    const now = clock.now().getTime()
    if (lease.endsAt > now || lease.pending !== null || points > leaseSize) return
    lease.left = leaseSize
    lease.endsAt = now + msOf(leaseSize)
  }

  /** Takes a whole lease, or half of what the bucket has, so all nodes get a share of the last points. */
  async function takeMore(caller: string, lease: Lease, needed: number): Promise<void> {
    for (let amount = Math.max(needed, leaseSize); ; ) {
      if (await take(caller, lease, amount)) return
      const rest = inBucket(lease, clock.now().getTime())
      const next = Math.max(needed, Math.floor(rest / 2))
      if (needed > rest || next >= amount) return
      amount = next
    }
  }

  function spendFrom(lease: Lease, points: number): RateLimit | null {
    const now = clock.now().getTime()
    if (leftIn(lease, now) < points) return null
    lease.left -= points
    return { remaining: Math.min(capacity, Math.floor(lease.left) + inBucket(lease, now)), points: capacity }
  }

  async function spendMore(caller: string, lease: Lease, points: number): Promise<RateLimit> {
    for (;;) {
      const isOurs = lease.pending === null
      if (isOurs) {
        const now = clock.now().getTime()
        const needed = points - leftIn(lease, now)
        // No query needed: other nodes can only have taken more since.
        if (inBucket(lease, now) < needed) throw refusal(lease, points)
        lease.pending = takeMore(caller, lease, needed).finally(() => {
          lease.pending = null
        })
      }
      // All waiting callers share one lease; if it is used up, the next caller takes another.
      await lease.pending
      const spent = spendFrom(lease, points)
      if (spent !== null) return spent
      if (isOurs) throw refusal(lease, points)
    }
  }

  function refusal(lease: Lease, points: number): RateLimitedError {
    const now = clock.now().getTime()
    const waitMs = lease.fullAt - now - msOf(capacity - points + leftIn(lease, now))
    return new RateLimitedError(
      Math.max(1, Math.ceil(waitMs / 1_000)),
      'You have used up your budget of points. Try again later, or request less.',
    )
  }

  return {
    spend: (viewer, origin, points) => {
      const caller = callerOf(viewer, origin)
      const lease = leaseOf(caller)
      if (viewer === null) grantLease(lease, points)
      return spendFrom(lease, points) ?? spendMore(caller, lease, points)
    },
    deleteExpired: () => database.$executeRaw`DELETE FROM api_budgets WHERE "fullAt" <= ${clock.now()}::timestamptz`,
  }
}

function leftIn({ left, endsAt }: Lease, now: number): number {
  return endsAt > now ? left : 0
}

/**
 * The key of the budget: the user's whatever they signed in with, each token's own, and a visitor's network. A known
 * device has its own, so a stranger at the same address can't use it up.
 */
function callerOf(viewer: Viewer | null, { ipAddress, device }: Origin): string {
  if (viewer === null && device !== undefined) return `device:${device.id}`
  if (viewer === null) return `network:${ipAddress === null ? 'unknown' : networkOf(ipAddress)}`
  return viewer.kind === 'person' ? `person:${viewer.userId}` : `token:${viewer.tokenId}`
}
