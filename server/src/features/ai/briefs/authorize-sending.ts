import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { auditedTerms } from '../audited-terms.model.ts'
import type { ProviderFailure } from '../model.ts'
import { readConfigurationWithConsent } from '../read-configuration-with-consent.ts'
import { type ConfigurationWithConsent, digestOfTerms, refusalOf, termsOf } from '../terms.model.ts'

/** A request about to be sent: the booking, its owner, and the configuration that its prompt was built with. */
export type Sending = Readonly<{ bookingId: string; ownerId: string; configuration: ConfigurationWithConsent }>

/**
 * Authorizes one request that carries text of a booking. Call it immediately before each request: it checks again that the
 * booking still belongs to this pastor and that their consent covers these exact terms, then records the request in the
 * audit log. When it returns, the audit entry is committed.
 *
 * Locks the consent and the booking's key, so a concurrent withdrawal or change of terms either waits for this transaction
 * or is seen by it.
 *
 * @returns why nothing may be sent, or null if it may
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
  const { bookingId, ownerId, configuration } = sending
  await tx.$queryRaw`SELECT id FROM booking_keys WHERE id = ${bookingId}::uuid FOR SHARE`
  await tx.$queryRaw`
    SELECT FROM ai_consents WHERE "configurationId" = ${configuration.id}::uuid AND "userId" = ${ownerId}::uuid FOR SHARE`
  const [booking] = await tx.$queryRaw<{ isHigh: boolean }[]>`
    SELECT (b.sensitivity = 'High' OR b."isAnonymous") AS "isHigh"
    FROM booking_keys k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    WHERE k.id = ${bookingId}::uuid AND b."userId" = ${ownerId}::uuid`
  const now = await readConfigurationWithConsent(tx, ownerId)
  // The booking was handed over or deleted, or another configuration was activated: no consent covers this request.
  if (booking === undefined || now === null || now.id !== configuration.id) return 'NO_CONSENT'
  const refusal = refusalOf(now, booking)
  if (refusal !== null) return refusal
  const [terms, termsNow] = [termsOf(configuration), termsOf(now)]
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
