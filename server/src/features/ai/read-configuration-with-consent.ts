import type { Transaction } from '../../platform/database/client.ts'
import { effectiveValue } from '../settings/registry.model.ts'
import { findConfigurationWithConsent } from './reads.ts'
import type { ConfigurationWithConsent } from './terms.model.ts'

/**
 * Reads a configuration with the address that requests would go to and the pastor's consent: the one with `configurationId`,
 * or the active one. Null if this pastor has none.
 */
export async function readConfigurationWithConsent(
  database: Pick<Transaction, '$queryRaw'>,
  userId: string,
  configurationId: string | null = null,
): Promise<ConfigurationWithConsent | null> {
  const found = await findConfigurationWithConsent(database, userId, configurationId)
  if (found === null) return null
  const { storedBaseUrl, ...rest } = found
  return { ...rest, baseUrl: effectiveValue(`ai.${rest.settings.provider}.baseUrl`, storedBaseUrl) }
}
