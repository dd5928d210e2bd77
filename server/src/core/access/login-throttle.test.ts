import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { createSemaphore } from '../../platform/concurrency/semaphore.ts'
import { newId } from '../../platform/ids.ts'
import { Secret } from '../../platform/secret.ts'
import { createDevices, type Device } from './devices.ts'
import { type Attempt, buckets, createLoginThrottle, type LoginThrottle } from './login-throttle.ts'

let fresh: FreshDatabase
let throttle: LoginThrottle
let anna: Attempt
let nowMs = Date.parse('2026-11-22T09:00:00Z')
const clock = { now: () => new Date(nowMs) }
const { device, pair, account } = buckets.password

const devicesOf = (master = 1) =>
  createDevices({ clock, masterKey: new Secret(Buffer.alloc(32, master)), secureCookies: false })

const openThrottle = (master = 1) =>
  createLoginThrottle({
    database: fresh.database,
    clock,
    masterKey: new Secret(Buffer.alloc(32, master)),
    devices: devicesOf(master),
    semaphore: createSemaphore({ maxConcurrent: 4, maxQueued: 60 }),
    deviceSemaphore: createSemaphore({ maxConcurrent: 2, maxQueued: 60 }),
  })

/** A browser that these accounts signed in from, in order. */
function deviceKnownTo(...emails: string[]): Device {
  const devices = devicesOf()
  let known: Device | null = null
  for (const email of emails) known = devices.read(devices.cookieFor(known, email).split(';')[0])
  if (known === null) throw new Error('the cookie could not be read')
  return known
}

beforeAll(async () => {
  fresh = await freshDatabase()
  throttle = openThrottle()
})
afterAll(() => fresh.close())
beforeEach(async () => {
  await fresh.database.signInAttempt.deleteMany()
  anna = { kind: 'password', email: `${newId()}@church.example`, ipAddress: '203.0.113.7' }
})

/** Seconds to wait if the attempt is refused; 0 if it is accepted. */
const waitFor = (attempt: Attempt, limiter = throttle): Promise<number> =>
  limiter
    .run(attempt, async () => 0)
    .catch((error: { code: string; extensions: { retryAfterSeconds: number } }) => {
      expect(error.code).toBe('RATE_LIMITED')
      return error.extensions.retryAfterSeconds
    })

async function takeAll(attemptsOf: (index: number) => Attempt, count: number): Promise<number[]> {
  const waits: number[] = []
  for (let index = 0; index < count; index++) waits.push(await waitFor(attemptsOf(index)))
  return waits
}

const from = (index: number) => `198.51.${Math.floor(index / 250)}.${index % 250}`
const succeed = (attempt: Attempt) => fresh.database.$transaction((tx) => throttle.recordSuccess(tx, attempt))

test('a limited number of attempts at an account from an address, then one a minute', async () => {
  expect(await takeAll(() => anna, pair.capacity)).toEqual(Array.from({ length: pair.capacity }, () => 0))
  expect(await waitFor(anna)).toBe(pair.refillSeconds)
  nowMs += 45_000
  expect(await waitFor(anna)).toBe(15)
  nowMs += 15_000
  expect(await waitFor(anna)).toBe(0)
  expect(await waitFor(anna)).toBe(pair.refillSeconds)
  nowMs += 3_600_000
  expect(await takeAll(() => anna, pair.capacity)).not.toContain(pair.refillSeconds)
  expect(await waitFor(anna)).toBe(pair.refillSeconds)
})

test('concurrent attempts on two nodes don’t exceed the limit', async () => {
  const other = openThrottle()
  const waits = await Promise.all(Array.from({ length: 40 }, (_, at) => waitFor(anna, at % 2 ? other : throttle)))
  expect(waits.filter((wait) => wait === 0)).toHaveLength(pair.capacity)
})

test('an attempt refused for an address takes nothing from the account’s limit', async () => {
  await takeAll(() => anna, pair.capacity + account.capacity)
  expect(await waitFor({ ...anna, ipAddress: '198.51.100.1' })).toBe(0)
})

test('an IPv6 network counts as one address', async () => {
  const waits = await takeAll(
    (index) => ({ ...anna, ipAddress: `2001:db8:0:7::${index.toString(16)}` }),
    pair.capacity + 1,
  )
  expect(waits.at(-1)).toBe(pair.refillSeconds)
  expect(await waitFor({ ...anna, ipAddress: '2001:db8:0:8::1' })).toBe(0)
  expect(await waitFor({ ...anna, ipAddress: null })).toBe(0)
})

test('attempts at other accounts from an address take nothing from an account', async () => {
  const unknownDevices = (index: number): Attempt => ({ ...anna, email: `p${index % 60}@church.example` })
  await takeAll(unknownDevices, 10 * pair.capacity * 6)
  expect(await waitFor(anna)).toBe(0)
  for (const kind of ['password', 'mail'] as const) expect(await waitFor({ ...anna, kind })).toBe(0)
})

test('a known device has its own limit, independent of its address and all others', async () => {
  const known = { ...anna, device: deviceKnownTo(anna.email) }
  await takeAll(() => anna, pair.capacity + 1)
  await takeAll((index) => ({ ...anna, ipAddress: from(index) }), account.capacity + 1)
  expect(await waitFor({ ...anna, ipAddress: '192.0.2.99' })).toBe(account.refillSeconds)
  expect(await takeAll(() => known, device.capacity)).toEqual(Array.from({ length: device.capacity }, () => 0))
  expect(await waitFor(known)).toBe(device.refillSeconds)
  await succeed(known)
  expect(await waitFor(known)).toBe(0)
  // From any address.
  expect(await waitFor({ ...known, ipAddress: '192.0.2.98' })).toBe(device.refillSeconds)
})

test('a device is known only to the accounts that signed in from it', async () => {
  const other = { ...anna, email: `${newId()}@church.example` }
  await takeAll(() => other, pair.capacity + 1)
  expect(await waitFor({ ...other, device: deviceKnownTo(anna.email) })).toBe(pair.refillSeconds)
  expect(await waitFor({ ...other, device: deviceKnownTo(anna.email, other.email) })).toBe(0)
})

test('a flood from unknown devices takes no slot of a known device', async () => {
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const flood = Array.from({ length: 64 }, (_, at) =>
    throttle.run({ ...anna, email: `f${at}@church.example` }, () => held),
  )
  expect(await waitFor(anna)).toBe(2)
  expect(await waitFor({ ...anna, device: deviceKnownTo(anna.email) })).toBe(0)
  release()
  await Promise.all(flood)
})

test('many addresses share one limit per account, which leaves the owner’s untouched', async () => {
  await succeed(anna)
  const waits = await takeAll((index) => ({ ...anna, ipAddress: from(index) }), account.capacity + 1)
  expect(waits.slice(0, -1).every((wait) => wait === 0)).toBe(true)
  expect(waits.at(-1)).toBe(account.refillSeconds)
  expect(await waitFor(anna)).toBe(0)
  expect(await waitFor({ ...anna, ipAddress: '192.0.2.99' })).toBe(account.refillSeconds)
})

test('an address that once succeeded is trusted for ninety days, and others are not', async () => {
  await succeed(anna)
  const flood = () => takeAll((index) => ({ ...anna, ipAddress: from(index) }), account.capacity)
  nowMs += 89 * 86_400_000
  await flood()
  expect(await waitFor(anna)).toBe(0)
  nowMs += 2 * 86_400_000
  await flood()
  expect(await waitFor(anna)).toBe(account.refillSeconds)
})

test('a successful attempt costs nothing, and does not reset failed ones', async () => {
  for (let day = 0; day < account.capacity + 5; day++) {
    expect(await waitFor(anna)).toBe(0)
    await succeed(anna)
  }
  await takeAll(() => anna, pair.capacity - 1)
  expect(await waitFor(anna)).toBe(0)
  await succeed(anna)
  expect(await waitFor(anna)).toBe(0)
  expect(await waitFor(anna)).toBe(pair.refillSeconds)
})

test('mails have separate buckets', async () => {
  await takeAll(() => anna, pair.capacity + 1)
  expect(await waitFor({ ...anna, kind: 'mail' })).toBe(0)
})

test('the work runs once, after its attempt is taken, and not at all if none is left', async () => {
  let done = 0
  for (let at = 0; at < pair.capacity + 3; at++)
    await throttle.run(anna, async () => (done += 1)).catch(() => undefined)
  expect(done).toBe(pair.capacity)
})

test('a flood beyond a node’s slots is refused before it reaches the database', async () => {
  const narrow = createLoginThrottle({
    database: fresh.database,
    clock,
    masterKey: new Secret(Buffer.alloc(32, 1)),
    devices: devicesOf(),
    semaphore: createSemaphore({ maxConcurrent: 1, maxQueued: 2 }),
    deviceSemaphore: createSemaphore({ maxConcurrent: 1, maxQueued: 2 }),
  })
  const waits = await Promise.all(
    Array.from({ length: 9 }, (_, at) => waitFor({ ...anna, ipAddress: from(at) }, narrow)),
  )
  expect(waits.filter((seconds) => seconds === 0)).toHaveLength(3)
  // Three pair buckets and one account bucket.
  expect(await fresh.database.signInAttempt.count()).toBe(4)
})

test('the table reveals no identity, even to someone who tries all addresses', async () => {
  await waitFor(anna)
  const keys = async () =>
    (await fresh.database.signInAttempt.findMany({ select: { key: true } })).map(({ key }) => key)
  const first = await keys()
  expect(first).toHaveLength(2)
  expect(JSON.stringify(await fresh.database.signInAttempt.findMany())).not.toMatch(/church|203\.0/)
  await waitFor(anna, openThrottle(2))
  expect(await keys()).toHaveLength(4)
})

test('deletes expired rows and keeps the others', async () => {
  await succeed(anna)
  await waitFor({ ...anna, email: 'wrong@church.example' })
  expect(await throttle.deleteExpired()).toBe(0)
  nowMs += 2 * pair.refillSeconds * 1_000
  expect(await throttle.deleteExpired()).toBe(2)
  nowMs += 91 * 86_400_000
  expect(await throttle.deleteExpired()).toBe(1)
  expect(await fresh.database.signInAttempt.count()).toBe(0)
})
