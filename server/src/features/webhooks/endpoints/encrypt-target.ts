import type { Vault } from '../../../core/vault/vault.ts'
import type { Target } from '../model.ts'

export type EncryptTargetDeps = Readonly<{ vault: Pick<Vault, 'encrypt'> }>

/**
 * Encrypts an endpoint's URL and signing secrets. The owner is part of the AAD, so the value can't be decrypted if the row
 * is assigned to another user.
 */
export function encryptTarget(
  { vault }: EncryptTargetDeps,
  { id, userId }: Readonly<{ id: string; userId: string }>,
  target: Target,
): Promise<string> {
  const aad = { column: 'webhook_endpoints.sealedTarget', rowId: id, ownerId: userId } as const
  return vault.encrypt(JSON.stringify(target), aad)
}
