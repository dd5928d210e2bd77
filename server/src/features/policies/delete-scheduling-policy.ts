import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Database } from '../../platform/database/client.ts'
import { lockOwnPolicy } from './lock-own-policy.ts'

/**
 * Deletes one of the viewer's own policies.
 *
 * @throws NotFoundError, ForbiddenError, AuditUnavailableError
 */
export async function deleteSchedulingPolicy(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  policyId: string,
): Promise<void> {
  await database.$transaction(async (tx) => {
    await lockOwnPolicy(tx, viewer, policyId)
    await tx.schedulingPolicy.delete({ where: { id: policyId } })
    await recordAudit(tx, [
      {
        action: 'policy.deleted',
        resource: 'scheduling_policy',
        resourceId: policyId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: {},
      },
    ])
  })
}
