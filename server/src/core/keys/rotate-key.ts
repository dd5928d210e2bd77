import type { Transaction } from '../../platform/database/client.ts'
import { recordAudit } from '../audit/record.ts'
import type { Vault } from '../vault/vault.ts'

/**
 * Creates a new data key with its audit entry in the caller's transaction; unless `olderThanSeconds` is null, only if
 * the active one is older. Returns its ID, or null if none was due. Call the vault's `reload` after the commit.
 */
export async function rotateKey(
  tx: Transaction,
  vault: Pick<Vault, 'rotate' | 'rotateIfOlder'>,
  olderThanSeconds: number | null,
): Promise<string | null> {
  const rotation = await (olderThanSeconds === null ? vault.rotate(tx) : vault.rotateIfOlder(tx, olderThanSeconds))
  if (rotation === null) return null
  const { keyId, retiredKeyIds } = rotation
  await recordAudit(tx, [
    {
      action: 'key.rotated',
      resource: 'data_key',
      resourceId: keyId,
      userId: null,
      bookingId: null,
      origin: null,
      metadata: { retiredKeyIds },
    },
  ])
  return keyId
}
