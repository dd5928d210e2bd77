import type { Database, Transaction } from './client.ts'
import { retryConflicts } from './retry-failures.ts'

/**
 * Runs a transaction, and reruns it after a deadlock or serialization failure. `work` must have no outside effects.
 * Throws what it throws, and the last conflict after six tries.
 */
export function runTransaction<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return retryConflicts(() => database.$transaction(work))
}
