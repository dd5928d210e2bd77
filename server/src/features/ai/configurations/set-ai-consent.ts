import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Withdrawals } from '../../../core/restore/withdrawals.ts'
import type { Database } from '../../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { NoConsentError } from '../errors.ts'
import { mayConsent } from '../policy.ts'
import { readConfigurationWithConsent } from '../read-configuration-with-consent.ts'
import { consentStateOf } from '../terms.model.ts'
import { withdrawAiConsent } from './withdraw-ai-consent.ts'

/**
 * Sets whether bookings of High sensitivity are sent too, for a configuration with a valid consent. The terms of that
 * consent stay the same.
 *
 * @throws NotFoundError, ForbiddenError, NoConsentError, AuditUnavailableError
 */
export async function setAiConsent(
  deps: Readonly<{ database: Database; withdrawals: Withdrawals }>,
  viewer: PersonViewer,
  origin: Origin,
  { configurationId, mayGetHighSensitivity }: Readonly<{ configurationId: string; mayGetHighSensitivity: boolean }>,
): Promise<void> {
  if (!mayConsent(viewer)) throw new ForbiddenError('Only a pastor decides what is sent of their own bookings.')
  if (!mayGetHighSensitivity) {
    return withdrawAiConsent(deps, viewer, origin, { configurationId, only: 'high_sensitivity' })
  }
  await deps.database.$transaction(async (tx) => {
    if (!isUuid(configurationId)) throw new NotFoundError()
    // Lock the consent before reading it: a change of terms lapses this row, so none can slip in before the update.
    await tx.$queryRaw`
      SELECT FROM ai_consents
      WHERE "configurationId" = ${configurationId}::uuid AND "userId" = ${viewer.userId}::uuid FOR UPDATE`
    const configuration = await readConfigurationWithConsent(tx, viewer.userId, configurationId)
    if (configuration === null) throw new NotFoundError()
    if (consentStateOf(configuration) !== 'in_force') throw new NoConsentError()
    if (configuration.consent?.includesHighSensitivity) return
    const where = { configurationId, userId: viewer.userId }
    await tx.aiConsent.updateMany({ where, data: { includesHighSensitivity: true } })
    await recordAudit(tx, [
      {
        action: 'ai_configuration.consent_set',
        resource: 'ai_configuration',
        resourceId: configurationId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { mayGetHighSensitivity },
      },
    ])
  })
}
