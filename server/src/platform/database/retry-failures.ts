import { setTimeout as wait } from 'node:timers/promises'
import { databaseFailureOf } from './failure.ts'

const mostTries = 6

/**
 * Does something again when PostgreSQL gave it up for another (a deadlock, a serialization failure). `attempt` must be
 * one transaction, with no effect outside of it. Throws what it throws, and the last conflict after six tries.
 */
export function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  return retryOn(['conflict'], attempt)
}

/**
 * The same, also when the database could not be reached or the connection broke, after which nobody knows whether it was
 * done: `attempt` must do nothing more when it is done twice.
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
      if (!failures.includes(databaseFailureOf(error)) || tries === mostTries) throw error
      await wait(Math.random() * 20 * 2 ** tries)
    }
  }
}
