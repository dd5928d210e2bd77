import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Withdrawals } from '../../../core/restore/withdrawals.ts'
import type { Database } from '../../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { NoConsentError } from '../errors.ts'
import { mayConsent } from '../policy.ts'
import { readOffer } from '../read-offer.ts'
import { consentStateOf } from '../terms.model.ts'
import { withdrawAiConsent } from './withdraw-ai-consent.ts'

/**
 * Lets, or no longer lets, bookings of High sensitivity be sent too, by a configuration that the viewer's consent is in force
 * for. The terms are those of that consent.
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
    // Locked first: a change of the terms lapses this row, so none comes between the look and the consent.
    await tx.$queryRaw`
      SELECT FROM ai_consents
      WHERE "configurationId" = ${configurationId}::uuid AND "userId" = ${viewer.userId}::uuid FOR UPDATE`
    const offer = await readOffer(tx, viewer.userId, configurationId)
    if (offer === null) throw new NotFoundError()
    if (consentStateOf(offer) !== 'in_force') throw new NoConsentError()
    if (offer.consent?.includesHighSensitivity) return
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
