import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { lockEndpoint } from '../endpoints/lock-endpoint.ts'
import { EndpointOffError } from '../errors.ts'
import { pingType } from '../model.ts'

type TestEndpointDeps = Readonly<{ database: Database; clock: Clock; newId: NewId; queue: Pick<Queue, 'enqueue'> }>

/** Sends a ping to one of the viewer's own endpoints. Returns the message's ID. */
export async function testEndpoint(
  deps: TestEndpointDeps,
  viewer: Viewer,
  origin: Origin,
  endpointId: string,
): Promise<string> {
  const messageId = deps.newId()
  const now = deps.clock.now()
  await deps.database.$transaction(async (tx) => {
    const endpoint = await lockEndpoint(tx, viewer, endpointId, 'change')
    if (!endpoint.isActive) throw new EndpointOffError()
    await tx.webhookMessage.create({
      data: { id: messageId, endpointId, type: pingType, happenedAt: now, createdAt: now, nextAttemptAt: now },
    })
    await deps.queue.enqueue(tx, 'send-webhook', { messageId, attempt: 0 })
    await recordAudit(tx, [
      {
        action: 'endpoint.tested',
        resource: 'webhook_endpoint',
        resourceId: endpointId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: {},
      },
    ])
  })
  return messageId
}
