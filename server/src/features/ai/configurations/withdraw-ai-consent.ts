import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Withdrawals } from '../../../core/restore/withdrawals.ts'
import type { Database } from '../../../platform/database/client.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { readConfigurationWithConsent } from '../read-configuration-with-consent.ts'

/** What is withdrawn: the whole consent, or only the part that covers bookings of High sensitivity. */
export type Withdrawal = Readonly<{ configurationId: string; only: 'high_sensitivity' | null }>

/**
 * Withdraws the viewer's consent to one configuration. Nothing more of their bookings is sent with it once this commits.
 * Idempotent.
 *
 * @throws NotFoundError, AuditUnavailableError
 */
export async function withdrawAiConsent(
  { database, withdrawals }: Readonly<{ database: Database; withdrawals: Withdrawals }>,
  viewer: PersonViewer,
  origin: Origin,
  { configurationId, only }: Withdrawal,
): Promise<void> {
  await database.$transaction(async (tx) => {
    const configuration = isUuid(configurationId)
      ? await readConfigurationWithConsent(tx, viewer.userId, configurationId)
      : null
    if (configuration === null) throw new NotFoundError()
    const mine = { configurationId, userId: viewer.userId }
    const { count } =
      only === null
        ? await tx.aiConsent.deleteMany({ where: mine })
        : await tx.aiConsent.updateMany({
            where: { ...mine, includesHighSensitivity: true },
            data: { includesHighSensitivity: false },
          })
    if (count === 0) return
    const isHighOnly = only !== null
    await withdrawals.record(tx, { kind: 'ai_consent_withdrawn', userId: viewer.userId, configurationId, isHighOnly })
    const entry = {
      resource: 'ai_configuration',
      resourceId: configurationId,
      userId: viewer.userId,
      bookingId: null,
      origin,
    } as const
    await recordAudit(tx, [
      only === null
        ? { ...entry, action: 'ai_configuration.consent_withdrawn', metadata: {} }
        : { ...entry, action: 'ai_configuration.consent_set', metadata: { mayGetHighSensitivity: false } },
    ])
  })
}
