import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from './client.ts'

/** A result is shared by the probes of this time. */
const maxAgeMs = 3_000
const timeoutMs = 3_000

/**
 * Creates a check of whether the database is reachable, fully migrated and writable. `onChange` gets each change, with
 * the error if there is one.
 */
export function createDatabaseCheck(
  database: Database,
  onChange: (isReady: boolean, error: unknown) => void,
): () => Promise<boolean> {
  let last: Readonly<{ at: number; result: Promise<boolean> }> | null = null
  let wasReady = true

  async function check(): Promise<boolean> {
    let error: unknown = null
    const isReady = await Promise.race([tryDatabase(database), timeout()]).catch((reason: unknown) => {
      error = reason
      return false
    })
    if (isReady !== wasReady) onChange(isReady, error)
    wasReady = isReady
    return isReady
  }

  return () => {
    // A monotonic clock: the time of day may be set back.
    const now = performance.now()
    if (last === null || now - last.at >= maxAgeMs) last = { at: now, result: check() }
    return last.result
  }
}

async function timeout(): Promise<never> {
  await wait(timeoutMs, undefined, { ref: false })
  throw new Error('the database does not answer')
}

/**
 * Writes in ways that leave nothing behind. A row lock is written to the WAL and committed, which fails on a read-only
 * database. A sort that exceeds its memory writes a file of about 100 KB, which fails on a full disk: smaller writes
 * still succeed in pages and WAL segments that exist already.
 */
async function tryDatabase(database: Database): Promise<boolean> {
  const [, , , migrated] = await database.$transaction([
    database.$executeRaw`SET LOCAL work_mem = '64kB'`,
    database.$queryRaw`SELECT id FROM _prisma_migrations ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    database.$queryRaw`SELECT count(*)::int FROM (SELECT md5(n::text) FROM generate_series(1, 2000) n ORDER BY 1 OFFSET 0) s`,
    database.$queryRaw<{ migrated: boolean }[]>`
      SELECT NOT EXISTS (
        SELECT FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL
      ) AS migrated`,
  ])
  return migrated[0]?.migrated === true
}
