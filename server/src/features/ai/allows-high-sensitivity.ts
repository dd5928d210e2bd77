import type { Viewer } from '../../core/access/viewer.ts'
import type { Database } from '../../platform/database/client.ts'
import { readConfigurationWithConsent } from './read-configuration-with-consent.ts'
import { refusalOf } from './terms.model.ts'

/** Whether the viewer's bookings of High sensitivity would be sent to the configuration's provider. */
export async function allowsHighSensitivity(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  configurationId: string,
): Promise<boolean> {
  const configuration = await readConfigurationWithConsent(database, viewer.userId, configurationId)
  return configuration !== null && refusalOf(configuration, { isHigh: true }) === null
}
