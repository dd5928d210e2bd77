import type { Origin } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { DisabledReason } from '../model.ts'

export type DisableEndpointDeps = Readonly<{ clock: Clock; queue: Pick<Queue, 'enqueue'> }>

export type Disabling = Readonly<{
  reason: DisabledReason
  /** The user who asked for it. Null for the system, which then emails the owner. */
  actor: Readonly<{ userId: string; origin: Origin }> | null
}>

/** Disables an endpoint and cancels its pending messages. Idempotent. Throws AuditUnavailableError. */
export async function disableEndpoint(
  tx: Transaction,
  { clock, queue }: DisableEndpointDeps,
  endpointId: string,
  { reason, actor }: Disabling,
): Promise<void> {
  const now = clock.now()
  const [endpoint] = await tx.webhookEndpoint.updateManyAndReturn({
    where: { id: endpointId, isActive: true },
    data: { isActive: false, disabledAt: now, disabledReason: reason, updatedAt: now },
    select: { userId: true },
  })
  if (endpoint === undefined) return
  await tx.webhookMessage.updateMany({
    where: { endpointId, status: 'pending' },
    data: { status: 'cancelled', finishedAt: now, nextAttemptAt: null },
  })
  await recordAudit(tx, [
    {
      action: 'endpoint.disabled',
      resource: 'webhook_endpoint',
      resourceId: endpointId,
      userId: actor?.userId ?? null,
      bookingId: null,
      origin: actor?.origin ?? null,
      subjectUserId: endpoint.userId,
      metadata: { reason },
    },
  ])
  if (reason === 'failing' || reason === 'gone') {
    await queue.enqueue(tx, 'send-endpoint-notice', { endpointId, notice: reason })
  }
}
