import type { Database, Transaction } from './client.ts'
import { retryConflicts } from './retry-failures.ts'

/**
 * Runs a transaction, and runs all of it again when PostgreSQL gave it up for another (a deadlock, a serialization
 * failure). `work` must have no effect outside of it. Throws what it throws, and the last conflict after six tries.
 */
export function runTransaction<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return retryConflicts(() => database.$transaction(work))
}
