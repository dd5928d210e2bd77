import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from './client.ts'

const attempts = 20
const pauseMs = 250

/**
 * Creates the monthly partitions of bookings, context_summaries and audit_logs for this month and `monthsAhead` more,
 * moves rows out of DEFAULT into them, and returns the names of the new partitions. Idempotent and safe to run on
 * several nodes at once.
 *
 * @throws the driver's error when the tables stay locked through all attempts, about ten seconds
 */
export async function createMonthPartitions(
  database: Database,
  { monthsAhead }: { monthsAhead: number },
): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      const [row] = await database.$queryRaw<{ made: string[] }[]>`SELECT make_partitions(${monthsAhead}::int) AS made`
      return row?.made ?? []
    } catch (error) {
      if (attempt >= attempts || !isLockConflict(error)) throw error
      await wait(pauseMs)
    }
  }
}

/** lock_not_available and deadlock_detected: the function yielded to another transaction on the tables. */
export function isLockConflict(error: unknown): boolean {
  return error instanceof Error && /\b(55P03|40P01)\b|lock timeout|deadlock/i.test(error.message)
}

/**
 * The partitions that the database user can't read or write, by name: another role created them. Inserts through their
 * parents still work; re-encryption, which addresses them directly, doesn't.
 */
export async function readInaccessiblePartitions(database: Database): Promise<string[]> {
  const rows = await database.$queryRaw<{ name: string }[]>`
    SELECT relname::text AS name FROM pg_class
    WHERE relispartition AND relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT'))
    ORDER BY relname`
  return rows.map(({ name }) => name)
}
