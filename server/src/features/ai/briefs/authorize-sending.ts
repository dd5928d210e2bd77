import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { auditedTerms } from '../audited-terms.model.ts'
import type { ProviderFailure } from '../model.ts'
import { readOffer } from '../read-offer.ts'
import { type AiOffer, digestOfTerms, refusalOf, termsOf } from '../terms.model.ts'

/** What is about to be sent: whose booking, and by which offer the text was made. */
export type Sending = Readonly<{ bookingId: string; ownerId: string; offer: AiOffer }>

/**
 * Called immediately before each request that carries a text of a booking: checks once more that the booking is still this
 * pastor's and that the pastor's consent covers it by these very terms, and records it in the pastor's audit log. When this
 * returns, the entry is committed. Returns why nothing may be sent, or null.
 *
 * Who withdraws, or changes a term, waits for this transaction or is seen by it: the consent and the booking's key are locked.
 */
export async function authorizeSending(
  { database }: Readonly<{ database: Database }>,
  sending: Sending,
): Promise<ProviderFailure | null> {
  try {
    return await database.$transaction((tx) => checkAndRecord(tx, sending))
  } catch (error) {
    if (error instanceof AuditUnavailableError) return 'NOT_RECORDED'
    throw error
  }
}

async function checkAndRecord(tx: Transaction, sending: Sending): Promise<ProviderFailure | null> {
  const { bookingId, ownerId, offer } = sending
  await tx.$queryRaw`SELECT id FROM booking_keys WHERE id = ${bookingId}::uuid FOR SHARE`
  await tx.$queryRaw`
    SELECT FROM ai_consents WHERE "configurationId" = ${offer.id}::uuid AND "userId" = ${ownerId}::uuid FOR SHARE`
  const [booking] = await tx.$queryRaw<{ isHigh: boolean }[]>`
    SELECT (b.sensitivity = 'High' OR b."isAnonymous") AS "isHigh"
    FROM booking_keys k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    WHERE k.id = ${bookingId}::uuid AND b."userId" = ${ownerId}::uuid`
  const now = await readOffer(tx, ownerId)
  // Handed over or deleted meanwhile, or another configuration is active: nobody agreed to send this text by that.
  if (booking === undefined || now === null || now.id !== offer.id) return 'NO_CONSENT'
  const refusal = refusalOf(now, booking)
  if (refusal !== null) return refusal
  const [terms, termsNow] = [termsOf(offer), termsOf(now)]
  if (terms === null || termsNow === null || digestOfTerms(terms) !== digestOfTerms(termsNow)) return 'CONSENT_LAPSED'
  await recordAudit(tx, [
    {
      action: 'ai.text_sent',
      resource: 'booking',
      resourceId: bookingId,
      userId: null,
      bookingId,
      origin: null,
      metadata: auditedTerms(terms),
    },
  ])
  return null
}
