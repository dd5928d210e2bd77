import type { DatabaseEnv } from '../../platform/config/env.ts'
import { checkDatabase } from '../../platform/database/check.ts'
import { createDatabase } from '../../platform/database/client.ts'
import { migrateDatabase } from '../../platform/database/migrate.ts'
import type { Log } from '../../platform/logging/log.ts'
import { checkDataKeys } from '../vault/keyring.ts'

/**
 * Migrates a database for a command, after it has seen that the given master key is that database's: somebody with another
 * church's key must not so much as migrate this one's. Without a key nothing can be said, and nothing sealed is touched.
 * Returns the migrations that it applied.
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
