import { type DestroyKeysDeps, destroyKeys } from '../../core/keys/destroy-keys.ts'
import { type ReEncryptCursor, type ReEncryptValuesDeps, reEncryptValues } from '../../core/keys/re-encrypt-values.ts'
import type { Queue } from '../../platform/jobs/queue.ts'

export type ReEncryptSliceDeps = ReEncryptValuesDeps & DestroyKeysDeps & Readonly<{ queue: Pick<Queue, 'enqueue'> }>

/** What the slice did, as numbers for the job's record. */
export type ReEncryptedSlice = Readonly<{
  resealed: number
  overtaken: number
  unreadable: number
  destroyedKeys: number
}>

/** A node that stops waits for its jobs, so that one slice is short; the next one may run anywhere. */
const sliceSeconds = 15
/** Until whoever was at a row has gone. */
const secondPassAfterSeconds = 60

/**
 * One slice of re-sealing. Enqueues the next slice where the pass has not come to its end; after it, another pass where
 * values were overtaken, and the moment at which retired keys may be destroyed. Keys without a value left are destroyed.
 */
export async function reEncryptSlice(
  deps: ReEncryptSliceDeps,
  from: ReEncryptCursor | null,
  signal: AbortSignal,
  seconds = sliceSeconds,
): Promise<ReEncryptedSlice> {
  const slice = AbortSignal.any([signal, seconds > 0 ? AbortSignal.timeout(seconds * 1_000) : AbortSignal.abort()])
  const { next, ...tally } = await reEncryptValues(deps, { from, signal: slice })
  // Whoever holds the job now goes on with it.
  if (signal.aborted) return { ...tally, destroyedKeys: 0 }
  if (next !== null) {
    await enqueue(deps, next, null)
    return { ...tally, destroyedKeys: 0 }
  }
  const { destroyedKeyIds, waitsUntil } = await destroyKeys(deps)
  if (tally.overtaken > 0) {
    await enqueue(deps, null, new Date(deps.clock.now().getTime() + secondPassAfterSeconds * 1_000))
  } else if (waitsUntil !== null) await enqueue(deps, null, waitsUntil)
  return { ...tally, destroyedKeys: destroyedKeyIds.length }
}

async function enqueue(
  { database, queue }: ReEncryptSliceDeps,
  cursor: ReEncryptCursor | null,
  startAfter: Date | null,
): Promise<void> {
  const options = startAfter === null ? {} : { startAfter }
  await database.$transaction((tx) => queue.enqueue(tx, 'reseal-values', { ...cursor }, options))
}
