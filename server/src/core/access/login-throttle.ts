import { createHmac, hkdfSync } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Semaphore } from '../../platform/concurrency/semaphore.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { RateLimitedError } from '../../platform/errors.ts'
import type { Secret } from '../../platform/secret.ts'
import type { Device, Devices } from './devices.ts'
import { networkOf } from './network.ts'

/** The kind of attempt: a password, or a mail to an account. Each kind has separate buckets. */
export type AttemptKind = 'password' | 'mail'

/** An attempt at an account, given by its email address whether or not it exists, and its origin. */
export type Attempt = Readonly<{
  kind: AttemptKind
  email: string
  ipAddress: string | null
  /** The browser, if it has a device cookie. */
  device?: Device | undefined
}>

/** Limits login attempts across all nodes. */
export type LoginThrottle = Readonly<{
  /**
   * Runs the work once a slot is free and after taking one attempt. Throws RateLimitedError when no attempt is left or
   * the queue is full.
   */
  run<T>(attempt: Attempt, work: () => Promise<T>): Promise<T>
  /** Refunds a successful attempt, and trusts its address for the account for 90 days. */
  recordSuccess(tx: Transaction, attempt: Attempt): Promise<void>
  /** Deletes rows that no longer limit or trust anybody. Returns their number. */
  deleteExpired(): Promise<number>
}>

type LoginThrottleOptions = Readonly<{
  database: Database
  clock: Clock
  /** The master key, from which the hashing key is derived. Changing it only resets the counters. */
  masterKey: Secret<Buffer>
  devices: Pick<Devices, 'isKnown'>
  /**
   * The concurrency limit of this node: a flood from any number of addresses is refused before it reaches the database,
   * so the server stays responsive.
   */
  semaphore: Semaphore
  /** A separate concurrency limit for known devices, which a flood from unknown ones can't use up. */
  deviceSemaphore: Semaphore
}>

/** A bucket: its capacity, and the time to refill one attempt. */
export type Bucket = Readonly<{ capacity: number; refillSeconds: number }>

type BucketName = 'device' | 'pair' | 'account'

/**
 * The buckets an attempt is taken from; rationale: docs/decisions/020-login-throttling.md. Each belongs to
 * one account: attempts at other accounts, existing or not, take nothing from it.
 *
 * - `device`: one account from one browser that has signed in to it before. Ten is more than anybody mistypes; after
 *   that, one guess a minute.
 * - `pair`: one account from one address, by all other browsers there.
 * - `account`: one account from all addresses that it has never signed in from.
 */
export const buckets: Readonly<Record<AttemptKind, Readonly<Record<BucketName, Bucket>>>> = {
  password: {
    device: { capacity: 10, refillSeconds: 60 },
    pair: { capacity: 10, refillSeconds: 60 },
    account: { capacity: 100, refillSeconds: 36 },
  },
  mail: {
    device: { capacity: 3, refillSeconds: 1_200 },
    pair: { capacity: 3, refillSeconds: 1_200 },
    account: { capacity: 6, refillSeconds: 600 },
  },
}

const trustMs = 90 * 24 * 3_600_000

type TakeResult = Readonly<{ isTaken: boolean; fullAt: Date; trustedUntil: Date | null }>
type KeyedBucket = Bucket & Readonly<{ key: string }>

/** Creates the login throttle. Its state is in PostgreSQL, so using another node doesn't bypass it. */
export function createLoginThrottle({
  database,
  clock,
  masterKey,
  devices,
  semaphore,
  deviceSemaphore,
}: LoginThrottleOptions): LoginThrottle {
  const secret = Buffer.from(hkdfSync('sha256', masterKey.reveal(), '', 'churchhub attempts v1', 32))

  /** Keyed, because a plain hash could be reversed by trying all addresses: all of IPv4 takes minutes. */
  const keyOf = (...parts: readonly string[]) =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest('hex')

  function bucketsOf({ kind, email, ipAddress, device }: Attempt): Record<BucketName, KeyedBucket> {
    const network = ipAddress === null ? 'unknown' : networkOf(ipAddress)
    const ofKind = buckets[kind]
    return {
      device: { ...ofKind.device, key: keyOf(kind, 'device', email, device?.id ?? '') },
      pair: { ...ofKind.pair, key: keyOf(kind, 'pair', email, network) },
      account: { ...ofKind.account, key: keyOf(kind, 'account', email) },
    }
  }

  /**
   * A bucket is stored as the time it will be full. An attempt moves that time by one refill, and is refused if it
   * would exceed the bucket's capacity (the generic cell rate algorithm, ITU-T I.371). Check and update are one
   * statement, so concurrent attempts can't both pass.
   */
  async function takeFrom({ key, capacity, refillSeconds }: KeyedBucket): Promise<TakeResult> {
    const now = clock.now()
    const refillMs = refillSeconds * 1_000
    const afterOne = new Date(now.getTime() + refillMs)
    const latest = new Date(now.getTime() + capacity * refillMs)
    const [row] = await database.$queryRaw<TakeResult[]>`
      WITH taken AS (
        INSERT INTO sign_in_attempts AS bucket (key, "fullAt")
        VALUES (${key}, ${afterOne}::timestamptz)
        ON CONFLICT (key) DO UPDATE
        SET "fullAt" = greatest(bucket."fullAt", ${now}::timestamptz) + ${refillSeconds} * interval '1 second'
        WHERE greatest(bucket."fullAt", ${now}::timestamptz) + ${refillSeconds} * interval '1 second' <= ${latest}::timestamptz
        RETURNING "fullAt", "trustedUntil"
      )
      SELECT true AS "isTaken", "fullAt", "trustedUntil" FROM taken
      UNION ALL
      SELECT false, "fullAt", "trustedUntil" FROM sign_in_attempts
      WHERE key = ${key} AND NOT EXISTS (SELECT FROM taken)`
    // Another transaction filled the bucket after this statement's snapshot, so no row is visible.
    return row ?? { isTaken: false, fullAt: latest, trustedUntil: null }
  }

  async function takeOrRefuse(bucket: KeyedBucket): Promise<TakeResult> {
    const taken = await takeFrom(bucket)
    if (taken.isTaken) return taken
    const { capacity, refillSeconds } = bucket
    const waitSeconds = (taken.fullAt.getTime() - clock.now().getTime()) / 1_000 - (capacity - 1) * refillSeconds
    throw new RateLimitedError(Math.max(1, Math.ceil(waitSeconds)))
  }

  async function take(attempt: Attempt, isKnown: boolean): Promise<void> {
    const { device, pair, account } = bucketsOf(attempt)
    if (isKnown) {
      await takeOrRefuse(device)
      return
    }
    // Narrowest first: an attempt refused there takes nothing from the wider bucket, so one address can use up only its
    // own share of an account's attempts.
    const { trustedUntil } = await takeOrRefuse(pair)
    if (trustedUntil === null || trustedUntil <= clock.now()) await takeOrRefuse(account)
  }

  const isKnownDevice = ({ device, email }: Attempt) => devices.isKnown(device, email)

  async function refund(tx: Transaction, { key, refillSeconds }: KeyedBucket): Promise<void> {
    await tx.$executeRaw`
      UPDATE sign_in_attempts SET "fullAt" = "fullAt" - ${refillSeconds} * interval '1 second' WHERE key = ${key}`
  }

  return {
    run: (attempt, work) => {
      const isKnown = isKnownDevice(attempt)
      return (isKnown ? deviceSemaphore : semaphore)(async () => {
        await take(attempt, isKnown)
        return work()
      })
    },

    async recordSuccess(tx, attempt) {
      const { device, pair, account } = bucketsOf(attempt)
      if (isKnownDevice(attempt)) {
        await refund(tx, device)
        return
      }
      const now = clock.now()
      const trustedUntil = new Date(now.getTime() + trustMs)
      // Lock rows in the order of `take`, like every transaction that locks several. Refunding an account bucket that
      // wasn't charged gives others one extra attempt after each success.
      await tx.$executeRaw`
        INSERT INTO sign_in_attempts AS bucket (key, "fullAt", "trustedUntil")
        VALUES (${pair.key}, ${now}::timestamptz, ${trustedUntil}::timestamptz)
        ON CONFLICT (key) DO UPDATE
        SET "fullAt" = bucket."fullAt" - ${pair.refillSeconds} * interval '1 second', "trustedUntil" = EXCLUDED."trustedUntil"`
      await refund(tx, account)
    },

    deleteExpired() {
      const now = clock.now()
      return database.$executeRaw`
        DELETE FROM sign_in_attempts
        WHERE "fullAt" <= ${now}::timestamptz AND coalesce("trustedUntil" <= ${now}::timestamptz, true)`
    },
  }
}
