import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { lockEndpoint } from '../endpoints/lock-endpoint.ts'
import { EndpointOffError } from '../errors.ts'

type RedeliverDeps = Readonly<{ database: Database; clock: Clock; queue: Pick<Queue, 'enqueue'> }>

/**
 * Redelivers a message whatever its status: immediately, under the same `webhook-id`, with a new body and a full retry
 * schedule.
 *
 * @throws NotFoundError, EndpointOffError, AuditUnavailableError
 */
export async function redeliverMessage(
  deps: RedeliverDeps,
  viewer: Viewer,
  origin: Origin,
  messageId: string,
): Promise<void> {
  if (!isUuid(messageId)) throw new NotFoundError()
  await deps.database.$transaction(async (tx) => {
    const found = await tx.webhookMessage.findUnique({ where: { id: messageId }, select: { endpointId: true } })
    if (found === null) throw new NotFoundError()
    const endpoint = await lockEndpoint(tx, viewer, found.endpointId, 'switch')
    if (!endpoint.isActive) throw new EndpointOffError()
    const { attempts, bookingId } = await tx.webhookMessage.update({
      where: { id: messageId },
      data: { status: 'pending', step: 0, finishedAt: null, nextAttemptAt: deps.clock.now() },
      select: { attempts: true, bookingId: true },
    })
    await deps.queue.enqueue(tx, 'send-webhook', { messageId, attempt: attempts })
    await recordAudit(tx, [
      {
        action: 'endpoint.redelivered',
        resource: 'webhook_endpoint',
        resourceId: found.endpointId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        subjectUserId: endpoint.userId,
        metadata: { messageId, ...(bookingId !== null && { bookingId }) },
      },
    ])
  })
}
