import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { auditedTerms, auditedTermsDigest } from '../audited-terms.model.ts'
import { NoAddressError, TermsChangedError } from '../errors.ts'
import { mayConsent } from '../policy.ts'
import { readOffer } from '../read-offer.ts'
import { digestOfTerms, termsOf } from '../terms.model.ts'

/** What a pastor agrees to: `termsDigest` names the terms that they were shown. */
export type Agreement = Readonly<{ configurationId: string; termsDigest: string; includesHighSensitivity: boolean }>

/**
 * Lets texts of the viewer's own bookings be sent to a provider by one configuration: to this provider, model and address,
 * with this template and masking level, and by no other. It takes the place of whatever they agreed to before.
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
    // One of another pastor is not found: it could never be used for the viewer's bookings.
    const offer = isUuid(configurationId) ? await readOffer(tx, viewer.userId, configurationId) : null
    if (offer === null) throw new NotFoundError()
    const terms = termsOf(offer)
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
