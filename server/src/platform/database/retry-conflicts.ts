import { setTimeout as wait } from 'node:timers/promises'
import { databaseFailureOf } from './failure.ts'

const mostTries = 6

/**
 * Does something again when PostgreSQL gave it up for another (a deadlock, a serialization failure). `attempt` must be
 * one transaction, with no effect outside of it. Throws what it throws, and the last conflict after six tries.
 */
export async function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (databaseFailureOf(error) !== 'conflict' || tries === mostTries) throw error
      await wait(Math.random() * 20 * 2 ** tries)
    }
  }
}
