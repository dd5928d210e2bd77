import type { Database } from '../../../platform/database/client.ts'
import { readOffer } from '../read-offer.ts'
import { listAgreedUsers } from '../reads.ts'
import { consentStateOf } from '../terms.model.ts'

/** How many pastors' consents to a configuration are in force. */
export async function countAgreements(
  { database }: Readonly<{ database: Database }>,
  configurationId: string,
): Promise<number> {
  // A church has few pastors, and what is in force is decided in one place.
  const userIds = await listAgreedUsers(database, configurationId)
  const offers = await Promise.all(userIds.map((userId) => readOffer(database, userId, configurationId)))
  return offers.filter((offer) => offer !== null && consentStateOf(offer) === 'in_force').length
}
