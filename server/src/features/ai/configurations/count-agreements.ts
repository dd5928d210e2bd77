import type { Database } from '../../../platform/database/client.ts'
import { readConfigurationWithConsent } from '../read-configuration-with-consent.ts'
import { listAgreedUsers } from '../reads.ts'
import { consentStateOf } from '../terms.model.ts'

/** Counts the pastors whose consent to a configuration is valid. */
export async function countAgreements(
  { database }: Readonly<{ database: Database }>,
  configurationId: string,
): Promise<number> {
  // A church has few pastors. Checking each reuses `consentStateOf` instead of repeating the rule in SQL.
  const userIds = await listAgreedUsers(database, configurationId)
  const configurations = await Promise.all(
    userIds.map((userId) => readConfigurationWithConsent(database, userId, configurationId)),
  )
  return configurations.filter(
    (configuration) => configuration !== null && consentStateOf(configuration) === 'in_force',
  ).length
}
