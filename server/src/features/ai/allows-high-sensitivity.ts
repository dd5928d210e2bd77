import type { Viewer } from '../../core/access/viewer.ts'
import type { Database } from '../../platform/database/client.ts'
import { readOffer } from './read-offer.ts'
import { refusalOf } from './terms.model.ts'

/** Whether bookings of High sensitivity of a viewer would be sent by a configuration. */
export async function allowsHighSensitivity(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  configurationId: string,
): Promise<boolean> {
  const offer = await readOffer(database, viewer.userId, configurationId)
  return offer !== null && refusalOf(offer, { isHigh: true }) === null
}
