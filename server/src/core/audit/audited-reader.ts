import { type Batched, createBatched } from '../../platform/batched.ts'
import type { Database } from '../../platform/database/client.ts'
import { isFaultOfValue } from '../../platform/database/failure.ts'
import { retryConflicts } from '../../platform/database/retry-conflicts.ts'
import { auditedRead, type ReadGrant, type ReadRequest, type SealedSource } from './audited-read.ts'

/**
 * Of each source: so many audited reads are under way at any time, each of so many rows. Two, so that one is with the
 * database while the words of the other are opened; few, so that a locked log holds up few connections of the pool.
 */
const bounds = { atOnce: 2, size: 256, waiting: 10_000 }

type Reader = Batched<ReadRequest, ReadGrant>

/** By database, because the reads share the connections of its pool. */
const readers = new WeakMap<Database, Map<SealedSource, Reader>>()

/**
 * An audited read that shares its statement, and so its commit, with whoever else is reading at the time. Each request
 * gets its own grant and no other's: what may be granted to whom is decided row by row in the statement itself.
 */
export function auditedReaderOf(database: Database, source: SealedSource): Reader {
  const bySource = readers.get(database) ?? new Map<SealedSource, Reader>()
  readers.set(database, bySource)
  const known = bySource.get(source)
  if (known !== undefined) return known
  const reader = createBatched<ReadRequest, ReadGrant>({
    ...bounds,
    work: (requests) => retryConflicts(() => auditedRead(database, source, requests)),
    // The statement failed as a whole, so nothing is on record and nothing was read: the others may ask again.
    isFaultOfOne: isFaultOfValue,
  })
  bySource.set(source, reader)
  return reader
}
