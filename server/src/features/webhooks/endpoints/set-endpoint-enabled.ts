import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Database } from '../../../platform/database/client.ts'
import { ForbiddenError } from '../../../platform/errors.ts'
import { encodeCursor } from '../../bookings/change-feed/change-cursor.model.ts'
import { readHeads } from '../../bookings/change-feed/changes.reads.ts'
import { mayChangeEndpoint } from '../policy.ts'
import { type DisableEndpointDeps, disableEndpoint } from './disable-endpoint.ts'
import { lockEndpoint } from './lock-endpoint.ts'

type SetEndpointEnabledDeps = DisableEndpointDeps & Readonly<{ database: Database }>

/**
 * Switches an endpoint off, or on again. It goes on from now: what changed while it was off is not sent. As it is already
 * is no error.
 *
 * @throws NotFoundError; ForbiddenError for an admin who would switch another's on; AuditUnavailableError
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
    const by = { userId: viewer.userId, origin }
    if (!isActive) return disableEndpoint(tx, deps, id, { reason: 'requested', by })
    // What its owner ended, nobody else begins again: it posts the owner's bookings.
    if (viewer.kind !== 'person' || !mayChangeEndpoint(viewer, endpoint)) {
      throw new ForbiddenError('Only its owner, signed in, can switch an endpoint on.')
    }
    const followsEverybody = endpoint.owner.role === 'admin'
    const heads = await readHeads(deps.database, followsEverybody ? { everybody: true } : { ownerId: endpoint.userId })
    const working = { failures: 0, failingSince: null, pausedUntil: null, warnedAt: null }
    const on = { isActive, disabledAt: null, disabledReason: null, updatedAt: deps.clock.now() }
    await tx.webhookEndpoint.update({
      where: { id },
      data: { ...on, ...working, followsEverybody, cursor: encodeCursor(heads) },
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
