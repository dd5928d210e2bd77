import { createMicroBatcher, type MicroBatcher } from '../../../platform/concurrency/micro-batcher.ts'
import type { Database } from '../../../platform/database/client.ts'
import { isRejectedValue } from '../../../platform/database/failure.ts'
import { retryConflicts } from '../../../platform/database/retry-failures.ts'
import { AuditUnavailableError } from '../errors.ts'
import { auditedRead, type ReadGrant, type ReadRequest } from './audited-read.ts'

/**
 * At most two audited reads run at once, each of up to 256 rows: one is in the database while the values of the other
 * are decrypted, and a locked log blocks only two connections of the pool.
 */
const limits = { maxConcurrent: 2, maxBatchSize: 256, maxQueued: 10_000, maxWaitMs: 3_000 }

export type AuditedReader = MicroBatcher<ReadRequest, ReadGrant>

/**
 * The audited reads of one node. Each shares its transaction, and so its commit, with concurrent ones. Each request gets
 * only its own grant: the statement decides row by row what a viewer may read.
 *
 * A read throws AuditUnavailableError when the log can't be written, or has been unavailable for so long that too many
 * requests wait, and RateLimitedError when the queue is full.
 */
export function createAuditedReader(database: Database): AuditedReader {
  return createMicroBatcher<ReadRequest, ReadGrant>({
    ...limits,
    work: (requests) => retryConflicts(() => auditedRead(database, requests)),
    // The transaction failed as a whole: nothing was recorded or read, so the others may be retried.
    isFaultOfOne: isRejectedValue,
    tooLate: () => new AuditUnavailableError(),
  })
}
