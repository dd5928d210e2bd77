import type { Vault } from '../../../core/vault/vault.ts'
import type { Target } from '../model.ts'

/** What sealing a target needs. */
export type EncryptTargetDeps = Readonly<{ vault: Pick<Vault, 'seal'> }>

/** Seals where an endpoint is and what it signs with, for its owner: a row moved to another user opens no more. */
export function encryptTarget(
  { vault }: EncryptTargetDeps,
  { id, userId }: Readonly<{ id: string; userId: string }>,
  target: Target,
): Promise<string> {
  const place = { column: 'webhook_endpoints.sealedTarget', rowId: id, ownerId: userId } as const
  return vault.seal(JSON.stringify(target), place)
}
