import { setTimeout as wait } from 'node:timers/promises'
import { databaseFailureOf } from './failure.ts'

const maxAttempts = 6

/**
 * Retries after a deadlock or serialization failure. `attempt` must be one transaction without outside effects. Throws
 * what it throws, and the last conflict after six tries.
 */
export function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  return retryOn(['conflict'], attempt)
}

/**
 * Also retries when the database is unreachable or the connection broke, after which the outcome is unknown: `attempt`
 * must be idempotent.
 */
export function retryFailures<T>(attempt: () => Promise<T>): Promise<T> {
  return retryOn(['conflict', 'unavailable'], attempt)
}

async function retryOn<T>(
  failures: readonly ReturnType<typeof databaseFailureOf>[],
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!failures.includes(databaseFailureOf(error)) || tries === maxAttempts) throw error
      await wait(Math.random() * 20 * 2 ** tries)
    }
  }
}
