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
 * Makes a new data key, and the job that seals everything anew under it, in one transaction; unless
 * `olderThanSeconds` is null, only when the one in use is older than that. Returns the new key's id, or null when none was due.
 */
export async function rotateKeys(
  { database, vault, queue }: RotateKeysDeps,
  { olderThanSeconds }: Readonly<{ olderThanSeconds: number | null }>,
): Promise<{ keyId: string } | null> {
  const keyId = await database.$transaction(async (tx) => {
    const made = await rotateKey(tx, vault, olderThanSeconds)
    if (made !== null) await queue.enqueue(tx, 'reseal-values', {})
    return made
  })
  if (keyId === null) return null
  await vault.reload()
  return { keyId }
}
