import { hash as argon2Hash, verify as argon2Verify, parseOptions } from '@node-rs/argon2'
import type { Semaphore } from '../../platform/concurrency/semaphore.ts'

/** Whether a password was right, and whether its hash is by older parameters than today's. */
type PasswordVerdict = Readonly<{ isRight: boolean; needsRehash: boolean }>

/** Hashes passwords and checks them, a bounded number at once. Both throw RateLimitedError when too many wait. */
export type Passwords = Readonly<{
  hash(password: string): Promise<string>
  /** Takes as long without a hash as with one, so that an unknown account can't be told by the clock. */
  verify(passwordHash: string | null, password: string): Promise<PasswordVerdict>
}>

// argon2id, 19 MiB, 2 passes, 1 lane: OWASP Password Storage Cheat Sheet. argon2id is the library's default kind (2).
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }
const ARGON2ID = 2

/** A hash by today's parameters that no known password has: its salt and its output are random bytes. */
export const DUMMY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$BcV65KUz+TIcjc4pcboCGQ$Io1/9VSubEdjV4vTG2OEKzvjcKpttOjHiVt1kXjMsgc'

/** `bounded` holds back how many are at work: each takes 19 MiB and a thread for some 30 ms. */
export function createPasswords(bounded: Semaphore): Passwords {
  return {
    hash: (password) => bounded(() => argon2Hash(normalized(password), PARAMETERS)),
    verify: (passwordHash, password) =>
      bounded(async () => {
        const matches = await argon2Verify(passwordHash ?? DUMMY_HASH, normalized(password))
        const isRight = passwordHash !== null && matches
        return { isRight, needsRehash: isRight && !isCurrent(passwordHash) }
      }),
  }
}

function isCurrent(passwordHash: string): boolean {
  const used = parseOptions(passwordHash)
  return (
    // The library declares its kinds as a const enum, which erasable syntax can't read; compared as a number.
    Number(used.algorithm) === ARGON2ID &&
    used.memoryCost === PARAMETERS.memoryCost &&
    used.timeCost === PARAMETERS.timeCost &&
    used.parallelism === PARAMETERS.parallelism &&
    used.outputLen === PARAMETERS.outputLen
  )
}

// One keyboard sends é as one character, another as two: NIST SP 800-63B asks for one form before hashing.
function normalized(password: string): string {
  return password.normalize('NFKC')
}
