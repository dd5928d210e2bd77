import { createHmac, hkdfSync } from 'node:crypto'
import type { Bounded } from '../../platform/bounded.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { RateLimitedError } from '../../platform/errors.ts'
import type { Secret } from '../../platform/secret.ts'
import { networkOf } from './network.ts'

/** What somebody attempts: a password, or a mail to be sent to an account. Each kind has buckets of its own. */
export type AttemptKind = 'password' | 'mail'

/** One attempt: at which account, by its e-mail address whether or not there is one, and from where. */
export type Attempt = Readonly<{ kind: AttemptKind; email: string; ipAddress: string | null }>

/** Counts attempts, on all nodes together, and turns away what is too many. */
export type Attempts = Readonly<{
  /**
   * Does what is attempted, once it is its turn, and if there is an attempt left, which is taken first. Throws
   * RateLimitedError when there is none left, or when too many wait for their turn.
   */
  run<T>(attempt: Attempt, work: () => Promise<T>): Promise<T>
  /** Gives back an attempt that was right, and lets its account in from its address whatever others do, for 90 days. */
  succeed(tx: Transaction, attempt: Attempt): Promise<void>
  /** Removes what no longer limits or trusts anybody. Returns how many rows. */
  deleteOld(): Promise<number>
}>

type AttemptsOptions = Readonly<{
  database: Database
  clock: Clock
  /** The master key; the key for this is derived from it. Another one only begins the counting anew. */
  masterKey: Secret<Buffer>
  /**
   * The turns of this node: a flood from however many addresses is turned away here, before it reaches the database, so
   * that the server goes on with everything else.
   */
  turns: Bounded
}>

/** A bucket: so many attempts at once, and one more each `refillSeconds`. */
export type Bucket = Readonly<{ atOnce: number; refillSeconds: number }>

/**
 * The buckets that an attempt is taken from; docs/decisions/020-how-often-somebody-may-guess.md has the reasons.
 *
 * - `pair`: one account from one address. Ten is more than anybody mistypes; after that a guess a minute.
 * - `address`: one address at all accounts. A church's office shares one, and only failures count.
 * - `account`: one account from all addresses that it was never entered from.
 */
export const buckets: Readonly<Record<AttemptKind, Readonly<Record<'pair' | 'address' | 'account', Bucket>>>> = {
  password: {
    pair: { atOnce: 10, refillSeconds: 60 },
    address: { atOnce: 50, refillSeconds: 20 },
    account: { atOnce: 100, refillSeconds: 36 },
  },
  mail: {
    pair: { atOnce: 3, refillSeconds: 1_200 },
    address: { atOnce: 20, refillSeconds: 120 },
    account: { atOnce: 6, refillSeconds: 600 },
  },
}

const trustMs = 90 * 24 * 3_600_000

type Taken = Readonly<{ isTaken: boolean; fullAt: Date; trustedUntil: Date | null }>
type KeyedBucket = Bucket & Readonly<{ key: string }>

/** Opens the counting of attempts. It is in PostgreSQL, so that another node is no way round it. */
export function createAttempts({ database, clock, masterKey, turns }: AttemptsOptions): Attempts {
  const secret = Buffer.from(hkdfSync('sha256', masterKey.reveal(), '', 'churchhub attempts v1', 32))

  /** Without the key nobody can tell whose bucket it is by trying addresses: all of IPv4 is hashed in minutes. */
  const keyOf = (...words: readonly string[]) =>
    createHmac('sha256', secret).update(JSON.stringify(words)).digest('hex')

  function bucketsOf({ kind, email, ipAddress }: Attempt): Record<'pair' | 'address' | 'account', KeyedBucket> {
    const network = ipAddress === null ? 'unknown' : networkOf(ipAddress)
    const { pair, address, account } = buckets[kind]
    return {
      pair: { ...pair, key: keyOf(kind, 'pair', email, network) },
      address: { ...address, key: keyOf(kind, 'address', network) },
      account: { ...account, key: keyOf(kind, 'account', email) },
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

  async function take(attempt: Attempt): Promise<void> {
    const { pair, address, account } = bucketsOf(attempt)
    // The narrowest first: what is refused there takes nothing from the wider ones, so that one address, however
    // stubborn, can use up only its own share of an account.
    const { trustedUntil } = await takeOrRefuse(pair)
    await takeOrRefuse(address)
    // Else whoever has enough addresses could keep a person out of their own account for as long as they like.
    if (trustedUntil === null || trustedUntil <= clock.now()) await takeOrRefuse(account)
  }

  return {
    run: (attempt, work) =>
      turns(async () => {
        await take(attempt)
        return work()
      }),

    async succeed(tx, attempt) {
      const { pair, address, account } = bucketsOf(attempt)
      const now = clock.now()
      const trustedUntil = new Date(now.getTime() + trustMs)
      // In the order of `take`, as are all who lock more than one of these rows. An account that was not asked gives
      // back what it did not take: one attempt more for others, after each that was right.
      await tx.$executeRaw`
        INSERT INTO sign_in_attempts AS bucket (key, "fullAt", "trustedUntil")
        VALUES (${pair.key}, ${now}::timestamptz, ${trustedUntil}::timestamptz)
        ON CONFLICT (key) DO UPDATE
        SET "fullAt" = bucket."fullAt" - ${pair.refillSeconds} * interval '1 second', "trustedUntil" = EXCLUDED."trustedUntil"`
      for (const { key, refillSeconds } of [address, account]) {
        await tx.$executeRaw`
          UPDATE sign_in_attempts SET "fullAt" = "fullAt" - ${refillSeconds} * interval '1 second' WHERE key = ${key}`
      }
    },

    deleteOld() {
      const now = clock.now()
      return database.$executeRaw`
        DELETE FROM sign_in_attempts
        WHERE "fullAt" <= ${now}::timestamptz AND coalesce("trustedUntil" <= ${now}::timestamptz, true)`
    },
  }
}
