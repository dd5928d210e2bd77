import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Database } from '../../../platform/database/client.ts'
import { confirmExpiry } from './confirm-expiry.ts'
import { lockConfiguration } from './lock-configuration.ts'

/**
 * Deletes a configuration and the consents to it. Briefs written with it are kept.
 *
 * @throws NotFoundError, ForbiddenError, AuditUnavailableError
 * @throws ConfirmationRequiredError if more than `confirmedCount` summaries would expire sooner
 */
export async function deleteAiConfiguration(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  configurationId: string,
  confirmedCount = 0,
): Promise<void> {
  await database.$transaction(async (tx) => {
    const { userId, isActive } = await lockConfiguration(tx, viewer, configurationId)
    await tx.aiConfiguration.delete({ where: { id: configurationId } })
    const affected = isActive ? await confirmExpiry(tx, { ownerId: userId, confirmedCount }) : 0
    await recordAudit(tx, [
      {
        action: 'ai_configuration.deleted',
        resource: 'ai_configuration',
        resourceId: configurationId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: affected > 0 ? { affected } : {},
      },
    ])
  })
}
