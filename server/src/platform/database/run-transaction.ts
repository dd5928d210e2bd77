import { setTimeout as wait } from 'node:timers/promises'
import type { Database, Transaction } from './client.ts'
import { databaseFailureOf } from './failure.ts'

const mostTries = 6

/**
 * Runs a transaction, and runs all of it again when PostgreSQL gave it up for another (a deadlock, a serialization
 * failure). `work` must have no effect outside of it. Throws what it throws, and the last conflict after six tries.
 */
export async function runTransaction<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await database.$transaction(work)
    } catch (error) {
      if (databaseFailureOf(error) !== 'conflict' || tries === mostTries) throw error
      await wait(Math.random() * 20 * 2 ** tries)
    }
  }
}
