import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Withdrawals } from '../../core/audit/withdrawals.ts'
import type { Database } from '../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'
import { mayConsent, mayReadConfiguration } from './policy.ts'
import { findConfiguration } from './reads.ts'

/**
 * Lets, or no longer lets, what is High of one's own bookings go to a provider by one configuration.
 *
 * @throws NotFoundError, ForbiddenError, AuditUnavailableError
 */
export async function setAiConsent(
  { database, withdrawals }: Readonly<{ database: Database; withdrawals: Withdrawals }>,
  viewer: Viewer,
  origin: Origin,
  { configurationId, mayGetHighSensitivity }: Readonly<{ configurationId: string; mayGetHighSensitivity: boolean }>,
): Promise<void> {
  await database.$transaction(async (tx) => {
    const configuration = isUuid(configurationId) ? await findConfiguration(tx, configurationId) : null
    if (configuration === null || !mayReadConfiguration(viewer, configuration)) throw new NotFoundError()
    if (!mayConsent(viewer)) throw new ForbiddenError('Only a pastor decides what goes of their own bookings.')
    const changed = mayGetHighSensitivity
      ? await tx.$executeRaw`
          INSERT INTO ai_consents ("configurationId", "userId") VALUES (${configurationId}::uuid, ${viewer.userId}::uuid)
          ON CONFLICT DO NOTHING`
      : (await tx.aiConsent.deleteMany({ where: { configurationId, userId: viewer.userId } })).count
    if (changed === 0) return
    if (!mayGetHighSensitivity) {
      await withdrawals.record(tx, { kind: 'ai_consent_withdrawn', userId: viewer.userId, configurationId })
    }
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
