import { recordAudit } from '../../core/audit/record.ts'
import { SYSTEM_OWNER } from '../../core/vault/aad-context.ts'
import { UnreadableError } from '../../core/vault/errors.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Database } from '../../platform/database/client.ts'
import { Secret } from '../../platform/secret.ts'

export type DecryptSettingsDeps = Readonly<{ database: Database; vault: Pick<Vault, 'decrypt' | 'digestOf'> }>

/** Selects encrypted settings: by key, or by the prefix of their keys. */
export type EncryptedKeys = Readonly<{ in: string[] }> | Readonly<{ startsWith: string }>

/**
 * Decrypts encrypted settings for the server's own use, lazily, one at a time. A value that can't be decrypted is skipped
 * and recorded in the audit log.
 */
export async function* decryptSettings(
  { database, vault }: DecryptSettingsDeps,
  key: EncryptedKeys,
): AsyncGenerator<Readonly<{ key: string; secret: Secret }>, undefined> {
  const column = 'system_settings.value'
  const rows = await database.systemSetting.findMany({
    where: { isEncrypted: true, key },
    select: { id: true, key: true, value: true },
  })
  for (const row of rows) {
    if (typeof row.value !== 'string') continue
    try {
      const text = await vault.decrypt(row.value, { column, rowId: row.id, ownerId: SYSTEM_OWNER })
      yield { key: row.key, secret: new Secret(text) }
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error
      const entry = {
        action: 'vault.unreadable',
        resource: 'system_setting',
        resourceId: row.id,
        userId: null,
        bookingId: null,
        origin: null,
        metadata: { column, sealedDigest: vault.digestOf(row.value) },
      } as const
      await database.$transaction((tx) => recordAudit(tx, [entry]))
    }
  }
}
