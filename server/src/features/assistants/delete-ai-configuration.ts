import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Database } from '../../platform/database/client.ts'
import { lockConfiguration } from './lock-configuration.ts'

/**
 * Deletes a configuration, and what pastors said of it. Briefs that were written by it stay.
 *
 * @throws NotFoundError, ForbiddenError, AuditUnavailableError
 */
export async function deleteAiConfiguration(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  configurationId: string,
): Promise<void> {
  await database.$transaction(async (tx) => {
    await lockConfiguration(tx, viewer, configurationId)
    await tx.aiConfiguration.delete({ where: { id: configurationId } })
    await recordAudit(tx, [
      {
        action: 'ai_configuration.deleted',
        resource: 'ai_configuration',
        resourceId: configurationId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: {},
      },
    ])
  })
}
