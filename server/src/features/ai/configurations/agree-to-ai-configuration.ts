import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { auditedTerms, auditedTermsDigest } from '../audited-terms.model.ts'
import { NoAddressError, TermsChangedError } from '../errors.ts'
import { mayConsent } from '../policy.ts'
import { readConfigurationWithConsent } from '../read-configuration-with-consent.ts'
import { digestOfTerms, termsOf } from '../terms.model.ts'

/** A pastor's consent. `termsDigest` identifies the terms that they were shown. */
export type Agreement = Readonly<{ configurationId: string; termsDigest: string; includesHighSensitivity: boolean }>

/**
 * Records the viewer's consent to send texts of their own bookings with one configuration: with its provider, model,
 * address, template and masking, and no others. Replaces an earlier consent to the same configuration.
 *
 * @throws NotFoundError, ForbiddenError, NoAddressError, TermsChangedError, AuditUnavailableError
 */
export async function agreeToAiConfiguration(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  viewer: PersonViewer,
  origin: Origin,
  { configurationId, termsDigest, includesHighSensitivity }: Agreement,
): Promise<void> {
  await database.$transaction(async (tx) => {
    if (!mayConsent(viewer)) throw new ForbiddenError('Only a pastor decides what is sent of their own bookings.')
    // Another pastor's configuration is not found: it never applies to the viewer's bookings.
    const configuration = isUuid(configurationId)
      ? await readConfigurationWithConsent(tx, viewer.userId, configurationId)
      : null
    if (configuration === null) throw new NotFoundError()
    const terms = termsOf(configuration)
    if (terms === null) throw new NoAddressError()
    if (digestOfTerms(terms) !== termsDigest) throw new TermsChangedError()
    const consent = { ...terms, includesHighSensitivity, createdAt: clock.now(), lapsedAt: null }
    const key = { configurationId, userId: viewer.userId }
    await tx.aiConsent.upsert({
      where: { configurationId_userId: key },
      create: { ...key, ...consent },
      update: consent,
    })
    await recordAudit(tx, [
      {
        action: 'ai_configuration.consent_given',
        resource: 'ai_configuration',
        resourceId: configurationId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { ...auditedTerms(terms), includesHighSensitivity, termsDigest: auditedTermsDigest(terms) },
      },
    ])
  })
}
