import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Database } from '../../../platform/database/client.ts'
import { ForbiddenError } from '../../../platform/errors.ts'
import { readHeads } from '../../bookings/change-feed/changes.reads.ts'
import { encodeCursor } from '../../bookings/change-feed/position.model.ts'
import { mayChangeEndpoint } from '../policy.ts'
import { type DisableEndpointDeps, disableEndpoint } from './disable-endpoint.ts'
import { lockEndpoint } from './lock-endpoint.ts'

type SetEndpointEnabledDeps = DisableEndpointDeps & Readonly<{ database: Database }>

/**
 * Disables or enables an endpoint. An enabled endpoint receives changes from now on; those made while it was disabled are
 * not sent. Idempotent.
 *
 * @throws NotFoundError, AuditUnavailableError; ForbiddenError if an admin tries to enable another user's endpoint
 */
export async function setEndpointEnabled(
  deps: SetEndpointEnabledDeps,
  viewer: Viewer,
  origin: Origin,
  { id, isActive }: Readonly<{ id: string; isActive: boolean }>,
): Promise<void> {
  await deps.database.$transaction(async (tx) => {
    const endpoint = await lockEndpoint(tx, viewer, id, 'switch')
    if (endpoint.isActive === isActive) return
    const actor = { userId: viewer.userId, origin }
    if (!isActive) return disableEndpoint(tx, deps, id, { reason: 'requested', actor })
    // Only the owner can enable it, because it sends the owner's bookings.
    if (viewer.kind !== 'person' || !mayChangeEndpoint(viewer, endpoint)) {
      throw new ForbiddenError('Only its owner, signed in, can switch an endpoint on.')
    }
    const followsEverybody = endpoint.owner.role === 'admin'
    const heads = await readHeads(deps.database, followsEverybody ? { everybody: true } : { ownerId: endpoint.userId })
    const healthy = { failures: 0, failingSince: null, pausedUntil: null, warnedAt: null }
    const enabled = { isActive, disabledAt: null, disabledReason: null, updatedAt: deps.clock.now() }
    await tx.webhookEndpoint.update({
      where: { id },
      data: { ...enabled, ...healthy, followsEverybody, cursor: encodeCursor(heads) },
    })
    await recordAudit(tx, [
      {
        action: 'endpoint.enabled',
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
