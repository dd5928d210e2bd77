import { rotateKey } from '../../core/keys/rotate-key.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Database } from '../../platform/database/client.ts'
import type { Queue } from '../../platform/jobs/queue.ts'

export type RotateKeysDeps = Readonly<{
  database: Database
  vault: Pick<Vault, 'rotate' | 'rotateIfOlder' | 'reload'>
  queue: Pick<Queue, 'enqueue'>
}>

/**
 * Creates a new data key and, in the same transaction, enqueues the re-encryption of existing values. If `olderThanSeconds`
 * is not null, it does so only if the current key is older. Returns the new key's ID, or null if no rotation was due.
 */
export async function rotateKeys(
  { database, vault, queue }: RotateKeysDeps,
  { olderThanSeconds }: Readonly<{ olderThanSeconds: number | null }>,
): Promise<{ keyId: string } | null> {
  const keyId = await database.$transaction(async (tx) => {
    const newKeyId = await rotateKey(tx, vault, olderThanSeconds)
    if (newKeyId !== null) await queue.enqueue(tx, 'reseal-values', {})
    return newKeyId
  })
  if (keyId === null) return null
  await vault.reload()
  return { keyId }
}
