import { hash as argon2Hash, verify as argon2Verify, parseOptions } from '@node-rs/argon2'
import type { Semaphore } from '../../platform/concurrency/semaphore.ts'

/** Whether the password is right, and whether its hash has outdated parameters. */
type PasswordVerdict = Readonly<{ isRight: boolean; needsRehash: boolean }>

/** Hashes and verifies passwords with limited concurrency. Both throw RateLimitedError when the queue is full. */
export type Passwords = Readonly<{
  hash(password: string): Promise<string>
  /** Takes as long without a hash as with one, so timing doesn't reveal whether an account exists. */
  verify(passwordHash: string | null, password: string): Promise<PasswordVerdict>
}>

// argon2id, 19 MiB, 2 passes, 1 lane: OWASP Password Storage Cheat Sheet. argon2id is the library's default kind (2).
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }
const ARGON2ID = 2

/** A hash with current parameters that matches no known password: its salt and output are random bytes. */
export const DUMMY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$BcV65KUz+TIcjc4pcboCGQ$Io1/9VSubEdjV4vTG2OEKzvjcKpttOjHiVt1kXjMsgc'

/** The semaphore limits concurrency: each hash takes 19 MiB and a thread for about 30 ms. */
export function createPasswords(semaphore: Semaphore): Passwords {
  return {
    hash: (password) => semaphore(() => argon2Hash(normalized(password), PARAMETERS)),
    verify: (passwordHash, password) =>
      semaphore(async () => {
        const matches = await argon2Verify(passwordHash ?? DUMMY_HASH, normalized(password))
        const isRight = passwordHash !== null && matches
        return { isRight, needsRehash: isRight && !isCurrent(passwordHash) }
      }),
  }
}

function isCurrent(passwordHash: string): boolean {
  const used = parseOptions(passwordHash)
  return (
    // The library declares its kinds as a const enum, which erasable syntax can't read; compare as a number.
    Number(used.algorithm) === ARGON2ID &&
    used.memoryCost === PARAMETERS.memoryCost &&
    used.timeCost === PARAMETERS.timeCost &&
    used.parallelism === PARAMETERS.parallelism &&
    used.outputLen === PARAMETERS.outputLen
  )
}

// Keyboards produce é composed or decomposed: NIST SP 800-63B requires normalization before hashing.
function normalized(password: string): string {
  return password.normalize('NFKC')
}
