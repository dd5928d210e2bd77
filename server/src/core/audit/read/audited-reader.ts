import { createMicroBatcher, type MicroBatcher } from '../../../platform/concurrency/micro-batcher.ts'
import type { Database } from '../../../platform/database/client.ts'
import { isFaultOfValue } from '../../../platform/database/failure.ts'
import { retryConflicts } from '../../../platform/database/retry-failures.ts'
import { AuditUnavailableError } from '../errors.ts'
import { auditedRead, type ReadGrant, type ReadRequest } from './audited-read.ts'

/**
 * So many audited reads are under way at any time, each of so many rows. Two, so that one is with the database while the
 * words of the other are opened; no more, so that a locked log holds up two connections of the pool and no others.
 */
const bounds = { atOnce: 2, size: 256, waiting: 10_000, longestWaitMs: 3_000 }

type Reader = MicroBatcher<ReadRequest, ReadGrant>

/** By database, because the reads share the connections of its pool. */
const readers = new WeakMap<Database, Reader>()

/**
 * An audited read that shares its transaction, and so its commit, with whoever else is reading at the time. Each request
 * gets its own grant and no other's: what may be granted to whom is decided row by row in the statement itself.
 *
 * The returned function throws AuditUnavailableError when the log can't be written, or could not be for so long that too
 * many wait for it, and RateLimitedError when no more may wait.
 */
export function auditedReaderOf(database: Database): Reader {
  const known = readers.get(database)
  if (known !== undefined) return known
  const reader = createMicroBatcher<ReadRequest, ReadGrant>({
    ...bounds,
    work: (requests) => retryConflicts(() => auditedRead(database, requests)),
    // The transaction failed as a whole, so nothing is on record and nothing was read: the others may ask again.
    isFaultOfOne: isFaultOfValue,
    tooLate: () => new AuditUnavailableError(),
  })
  readers.set(database, reader)
  return reader
}
