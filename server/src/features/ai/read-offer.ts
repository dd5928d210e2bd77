import type { Transaction } from '../../platform/database/client.ts'
import { effectiveValue } from '../settings/registry.model.ts'
import { findOffer } from './reads.ts'
import type { AiOffer } from './terms.model.ts'

/**
 * A configuration that a pastor's bookings could be sent by, with the address that would be asked and what the pastor agreed
 * to: the one of `configurationId`, or the active one. Null where there is none for this pastor.
 */
export async function readOffer(
  database: Pick<Transaction, '$queryRaw'>,
  userId: string,
  configurationId: string | null = null,
): Promise<AiOffer | null> {
  const found = await findOffer(database, userId, configurationId)
  if (found === null) return null
  const { storedBaseUrl, ...offer } = found
  return { ...offer, baseUrl: effectiveValue(`ai.${offer.settings.provider}.baseUrl`, storedBaseUrl) }
}
