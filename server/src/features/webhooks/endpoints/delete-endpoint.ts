import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Database } from '../../../platform/database/client.ts'
import { lockEndpoint } from './lock-endpoint.ts'

/** Deletes an endpoint and its delivery log. Its audit entries are kept. Throws NotFoundError, AuditUnavailableError. */
export async function deleteEndpoint(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  id: string,
): Promise<void> {
  await database.$transaction(async (tx) => {
    const endpoint = await lockEndpoint(tx, viewer, id, 'switch')
    await tx.webhookEndpoint.delete({ where: { id } })
    await recordAudit(tx, [
      {
        action: 'endpoint.deleted',
        resource: 'webhook_endpoint',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        subjectUserId: endpoint.userId,
        metadata: {},
      },
    ])
  })
}
