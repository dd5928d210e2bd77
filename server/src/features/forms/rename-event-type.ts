import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { checkInput } from '../../platform/check-input.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { runTransaction } from '../../platform/database/run-transaction.ts'
import { NotFoundError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'
import type { Queue } from '../../platform/jobs/queue.ts'
import { eventTypeFormat } from './event-type.model.ts'
import { ownsEventType } from './policy.ts'

/**
 * Sets the title of one of the viewer's own event types. A background job updates the titles of its bookings. Later webhooks
 * don't overwrite the title.
 *
 * @throws NotFoundError, BadUserInputError, AuditUnavailableError
 */
export async function renameEventType(
  { database, clock, queue }: Readonly<{ database: Database; clock: Clock; queue: Pick<Queue, 'enqueue'> }>,
  viewer: Viewer,
  origin: Origin,
  input: Readonly<{ eventTypeId: string; title: string }>,
): Promise<void> {
  const { title } = checkInput(eventTypeFormat, { title: input.title })
  const id = input.eventTypeId
  await runTransaction(database, async (tx) => {
    const found = isUuid(id) ? await tx.eventType.findUnique({ where: { id } }) : null
    if (found === null || !ownsEventType(viewer, found)) throw new NotFoundError()
    if (found.title === title && found.isRenamed) return
    await tx.eventType.update({ where: { id }, data: { title, isRenamed: true, updatedAt: clock.now() } })
    const { userId, eventTypeId } = found
    await queue.enqueue(tx, 'renew-columns', { userId, eventTypeId })
    await recordAudit(tx, [
      {
        action: 'event_type.renamed',
        resource: 'event_type',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: {},
      },
    ])
  })
}
