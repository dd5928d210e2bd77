import { createHmac, hkdfSync } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Semaphore } from '../../platform/concurrency/semaphore.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { RateLimitedError } from '../../platform/errors.ts'
import type { Secret } from '../../platform/secret.ts'
import type { Device, Devices } from './devices.ts'
import { networkOf } from './network.ts'

/** What somebody attempts: a password, or a mail to be sent to an account. Each kind has buckets of its own. */
export type AttemptKind = 'password' | 'mail'

/** One attempt: at which account, by its e-mail address whether or not there is one, and from where. */
export type Attempt = Readonly<{
  kind: AttemptKind
  email: string
  ipAddress: string | null
  /** The browser it comes from, where that has a device cookie. */
  device?: Device | undefined
}>

/** Counts attempts, on all nodes together, and turns away what is too many. */
export type LoginThrottle = Readonly<{
  /**
   * Does what is attempted, once it is its turn, and if there is an attempt left, which is taken first. Throws
   * RateLimitedError when there is none left, or when too many wait for their turn.
   */
  run<T>(attempt: Attempt, work: () => Promise<T>): Promise<T>
  /** Gives back an attempt that was right, and trusts its address for its account for 90 days. */
  succeed(tx: Transaction, attempt: Attempt): Promise<void>
  /** Removes what no longer limits or trusts anybody. Returns how many rows. */
  deleteOld(): Promise<number>
}>

type AttemptsOptions = Readonly<{
  database: Database
  clock: Clock
  /** The master key; the key for this is derived from it. Another one only begins the counting anew. */
  masterKey: Secret<Buffer>
  devices: Pick<Devices, 'isKnown'>
  /**
   * The turns of this node: a flood from however many addresses is turned away here, before it reaches the database, so
   * that the server goes on with everything else.
   */
  turns: Semaphore
  /** The turns of known devices, which no flood of strangers can take. */
  knownTurns: Semaphore
}>

/** A bucket: so many attempts at once, and one more each `refillSeconds`. */
export type Bucket = Readonly<{ atOnce: number; refillSeconds: number }>

type BucketName = 'device' | 'pair' | 'account'

/**
 * The buckets that an attempt is taken from; docs/decisions/020-how-often-somebody-may-guess.md has the reasons. Each
 * belongs to one account: no attempt at another account, whether it exists or not, takes anything from it.
 *
 * - `device`: one account from one browser that it was entered from before, and nothing else. Ten is more than anybody
 *   mistypes; after that a guess a minute.
 * - `pair`: one account from one address, by all other browsers there.
 * - `account`: one account from all addresses that it was never entered from.
 */
export const buckets: Readonly<Record<AttemptKind, Readonly<Record<BucketName, Bucket>>>> = {
  password: {
    device: { atOnce: 10, refillSeconds: 60 },
    pair: { atOnce: 10, refillSeconds: 60 },
    account: { atOnce: 100, refillSeconds: 36 },
  },
  mail: {
    device: { atOnce: 3, refillSeconds: 1_200 },
    pair: { atOnce: 3, refillSeconds: 1_200 },
    account: { atOnce: 6, refillSeconds: 600 },
  },
}

const trustMs = 90 * 24 * 3_600_000

type Taken = Readonly<{ isTaken: boolean; fullAt: Date; trustedUntil: Date | null }>
type KeyedBucket = Bucket & Readonly<{ key: string }>

/** Opens the counting of attempts. It is in PostgreSQL, so that another node is no way round it. */
export function createLoginThrottle({
  database,
  clock,
  masterKey,
  devices,
  turns,
  knownTurns,
}: AttemptsOptions): LoginThrottle {
  const secret = Buffer.from(hkdfSync('sha256', masterKey.reveal(), '', 'churchhub attempts v1', 32))

  /** Without the key nobody can tell whose bucket it is by trying addresses: all of IPv4 is hashed in minutes. */
  const keyOf = (...words: readonly string[]) =>
    createHmac('sha256', secret).update(JSON.stringify(words)).digest('hex')

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
   * A bucket is one time: when it will be full again. An attempt moves it by one refill, and there is none left where that
   * would be further ahead than all of them together (the generic cell rate algorithm, ITU-T I.371). Check and count are
   * one statement, so that attempts at the same moment don't pass by each other.
   */
  async function takeFrom({ key, atOnce, refillSeconds }: KeyedBucket): Promise<Taken> {
    const now = clock.now()
    const refillMs = refillSeconds * 1_000
    const afterOne = new Date(now.getTime() + refillMs)
    const latest = new Date(now.getTime() + atOnce * refillMs)
    const [row] = await database.$queryRaw<Taken[]>`
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
    // Filled by others since this statement began, so that its snapshot has no such row yet.
    return row ?? { isTaken: false, fullAt: latest, trustedUntil: null }
  }

  async function takeOrRefuse(bucket: KeyedBucket): Promise<Taken> {
    const taken = await takeFrom(bucket)
    if (taken.isTaken) return taken
    const { atOnce, refillSeconds } = bucket
    const waitSeconds = (taken.fullAt.getTime() - clock.now().getTime()) / 1_000 - (atOnce - 1) * refillSeconds
    throw new RateLimitedError(Math.max(1, Math.ceil(waitSeconds)))
  }

  async function take(attempt: Attempt, isKnown: boolean): Promise<void> {
    const { device, pair, account } = bucketsOf(attempt)
    if (isKnown) {
      await takeOrRefuse(device)
      return
    }
    // The narrowest first: what is refused there takes nothing from the wider one, so that one address, however
    // stubborn, can use up only its own share of an account.
    const { trustedUntil } = await takeOrRefuse(pair)
    if (trustedUntil === null || trustedUntil <= clock.now()) await takeOrRefuse(account)
  }

  const isKnownDevice = ({ device, email }: Attempt) => devices.isKnown(device, email)

  async function giveBack(tx: Transaction, { key, refillSeconds }: KeyedBucket): Promise<void> {
    await tx.$executeRaw`
      UPDATE sign_in_attempts SET "fullAt" = "fullAt" - ${refillSeconds} * interval '1 second' WHERE key = ${key}`
  }

  return {
    run: (attempt, work) => {
      const isKnown = isKnownDevice(attempt)
      return (isKnown ? knownTurns : turns)(async () => {
        await take(attempt, isKnown)
        return work()
      })
    },

    async succeed(tx, attempt) {
      const { device, pair, account } = bucketsOf(attempt)
      if (isKnownDevice(attempt)) {
        await giveBack(tx, device)
        return
      }
      const now = clock.now()
      const trustedUntil = new Date(now.getTime() + trustMs)
      // In the order of `take`, as are all who lock more than one of these rows. An account that was not asked gives
      // back what it did not take: one attempt more for others, after each that was right.
      await tx.$executeRaw`
        INSERT INTO sign_in_attempts AS bucket (key, "fullAt", "trustedUntil")
        VALUES (${pair.key}, ${now}::timestamptz, ${trustedUntil}::timestamptz)
        ON CONFLICT (key) DO UPDATE
        SET "fullAt" = bucket."fullAt" - ${pair.refillSeconds} * interval '1 second', "trustedUntil" = EXCLUDED."trustedUntil"`
      await giveBack(tx, account)
    },

    deleteOld() {
      const now = clock.now()
      return database.$executeRaw`
        DELETE FROM sign_in_attempts
        WHERE "fullAt" <= ${now}::timestamptz AND coalesce("trustedUntil" <= ${now}::timestamptz, true)`
    },
  }
}
