import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from './client.ts'

const attempts = 20
const pauseMs = 250

/**
 * Makes the monthly partitions of bookings, context_summaries and audit_logs for this month and `monthsAhead` more, moves
 * what fell into DEFAULT to the partition of its month, and returns the names of the partitions made. Safe to call from
 * several nodes at once and as often as one likes.
 * @throws the driver's error when the tables stay locked by others for all of its attempts, some ten seconds.
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
      if (attempt >= attempts || !isLockFailure(error)) throw error
      await wait(pauseMs)
    }
  }
}

/** lock_not_available and deadlock_detected: the function gives way to whoever is at work on the tables. */
export function isLockFailure(error: unknown): boolean {
  return error instanceof Error && /\b(55P03|40P01)\b|lock timeout|deadlock/i.test(error.message)
}
