import { SYSTEM_OWNER } from '../../core/vault/aad-context.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Transaction } from '../../platform/database/client.ts'
import type { NewId } from '../../platform/ids.ts'

export type EncryptSettingDeps = Readonly<{ vault: Pick<Vault, 'encrypt'>; clock: Clock; newId: NewId }>

/** A setting to encrypt. A null `description` clears it; if omitted, it stays. */
export type EncryptedSetting = Readonly<{
  key: string
  secret: string
  description?: string | null
  updatedBy: string
}>

/** Encrypts a setting and stores it, replacing any existing value. Returns the ID of its row. */
export async function encryptSetting(
  tx: Transaction,
  deps: EncryptSettingDeps,
  setting: EncryptedSetting,
): Promise<string> {
  const { key, secret, updatedBy } = setting
  // The row's ID is part of the AAD, so the row must exist first. A concurrent writer waits for its commit.
  const now = deps.clock.now()
  const blank = { id: deps.newId(), key, value: '', isEncrypted: true, createdAt: now, updatedAt: now }
  await tx.systemSetting.createMany({ data: [blank], skipDuplicates: true })
  const { id } = await tx.systemSetting.findUniqueOrThrow({ where: { key }, select: { id: true } })
  const value = await deps.vault.encrypt(secret, { column: 'system_settings.value', rowId: id, ownerId: SYSTEM_OWNER })
  await tx.systemSetting.update({
    where: { id },
    data: {
      value,
      isEncrypted: true,
      ...(setting.description !== undefined && { description: setting.description }),
      updatedBy,
      updatedAt: now,
    },
  })
  return id
}
