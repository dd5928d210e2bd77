import { type DestroyKeysDeps, destroyKeys } from '../../core/keys/destroy-keys.ts'
import { type ReEncryptCursor, type ReEncryptValuesDeps, reEncryptValues } from '../../core/keys/re-encrypt-values.ts'
import type { Queue } from '../../platform/jobs/queue.ts'

export type ReEncryptSliceDeps = ReEncryptValuesDeps & DestroyKeysDeps & Readonly<{ queue: Pick<Queue, 'enqueue'> }>

/** The counts of one slice, for the job's record. */
export type ReEncryptedSlice = Readonly<{
  resealed: number
  overtaken: number
  unreadable: number
  destroyedKeys: number
}>

/** A stopping node waits for its jobs, so a slice is short. Any node can run the next one. */
const sliceSeconds = 15
/** The delay before retrying values that a concurrent transaction changed. */
const secondPassAfterSeconds = 60

/**
 * Runs one slice of re-encryption and enqueues what follows: the next slice until the pass is complete, then another pass if
 * values changed meanwhile, or a run at the time when retired keys may be destroyed. Destroys keys that no value uses
 * anymore.
 */
export async function reEncryptSlice(
  deps: ReEncryptSliceDeps,
  from: ReEncryptCursor | null,
  signal: AbortSignal,
  seconds = sliceSeconds,
): Promise<ReEncryptedSlice> {
  const slice = AbortSignal.any([signal, seconds > 0 ? AbortSignal.timeout(seconds * 1_000) : AbortSignal.abort()])
  const { next, ...tally } = await reEncryptValues(deps, { from, signal: slice })
  // The worker was stopped; the job's next attempt continues.
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
