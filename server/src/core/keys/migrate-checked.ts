import type { DatabaseEnv } from '../../platform/config/env.ts'
import { checkDatabase } from '../../platform/database/check.ts'
import { createDatabase } from '../../platform/database/client.ts'
import { migrateDatabase } from '../../platform/database/migrate.ts'
import type { Log } from '../../platform/logging/log.ts'
import { checkDataKeys } from '../vault/keyring.ts'

/**
 * Migrates a database for a command, after verifying that the master key belongs to it: a wrong key must not even
 * migrate somebody else's database. Without a key this can't be verified, and nothing encrypted is touched. Returns the
 * applied migrations.
 *
 * @throws ConfigurationError before anything is written; MigrationError
 */
export async function migrateChecked(
  { url, log }: Readonly<{ url: string; log: Log }>,
  { encryptionKey, previousEncryptionKey }: Pick<DatabaseEnv, 'encryptionKey' | 'previousEncryptionKey'>,
): Promise<{ applied: string[] }> {
  if (encryptionKey !== null) {
    await checkDatabase({ url })
    const { database, close } = createDatabase({ url, applicationName: 'churchhub check', maxConnections: 1 })
    try {
      await checkDataKeys({ database, masterKey: encryptionKey, previousMasterKey: previousEncryptionKey })
    } finally {
      await close()
    }
  }
  return migrateDatabase({ url, log })
}
