import type { Clock } from '../../../platform/clock.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { disableEndpoint } from '../endpoints/disable-endpoint.ts'
import { consequenceOf, nextWaitSeconds, pauseSecondsAfter } from './schedule.model.ts'

export type RecordAttemptDeps = Readonly<{
  database: Database
  clock: Clock
  queue: Pick<Queue, 'enqueue'>
  /** Returns a number from 0 to 1, for jitter. */
  random: () => number
}>

/** The result of a delivery attempt. `errorCode` is null if the receiver accepted it or the document filtered it out. */
export type AttemptResult = Readonly<{
  isFiltered: boolean
  statusCode: number | null
  errorCode: string | null
  retryAfterSeconds: number | null
  durationMs: number
}>

type Attempt = Readonly<{ messageId: string; endpointId: string; attempt: number; step: number; startedAt: Date }>

/**
 * Records a delivery attempt and its consequences in one transaction: the message's final status or next attempt, and the
 * endpoint's health. Does nothing if another job has already recorded this attempt.
 */
export async function recordAttempt(
  deps: RecordAttemptDeps,
  attempt: Attempt,
  result: AttemptResult,
): Promise<'delivered' | 'filtered' | 'failed' | 'superseded'> {
  const now = deps.clock.now()
  const isFinal = result.errorCode === null || result.errorCode === 'GONE'
  const waitSeconds = isFinal ? null : nextWaitSeconds(attempt.step, result.retryAfterSeconds, deps.random())
  const nextAttemptAt = waitSeconds === null ? null : new Date(now.getTime() + waitSeconds * 1_000)
  const outcome = outcomeOf(result)
  return deps.database.$transaction(async (tx) => {
    // Lock the endpoint first, as everywhere: concurrent attempts for the same endpoint wait here instead of deadlocking.
    await tx.$queryRaw`SELECT FROM webhook_endpoints WHERE id = ${attempt.endpointId}::uuid FOR UPDATE`
    const { count } = await tx.webhookMessage.updateMany({
      where: { id: attempt.messageId, status: 'pending', attempts: attempt.attempt },
      data: {
        status: nextAttemptAt === null ? outcome : 'pending',
        attempts: attempt.attempt + (result.isFiltered ? 0 : 1),
        step: attempt.step + 1,
        nextAttemptAt,
        finishedAt: nextAttemptAt === null ? now : null,
      },
    })
    if (count === 0) return 'superseded'
    await insertAttempt(tx, attempt, result)
    if (outcome === 'delivered') await resetFailures(tx, attempt.endpointId, now)
    if (outcome === 'failed')
      await countFailure(tx, deps, attempt.endpointId, { isReceiverGone: result.errorCode === 'GONE', now })
    if (nextAttemptAt !== null) {
      const payload = { messageId: attempt.messageId, attempt: attempt.attempt + 1 }
      await deps.queue.enqueue(tx, 'send-webhook', payload, { startAfter: nextAttemptAt })
    }
    return outcome
  })
}

function outcomeOf({ isFiltered, errorCode }: AttemptResult): 'delivered' | 'filtered' | 'failed' {
  if (isFiltered) return 'filtered'
  return errorCode === null ? 'delivered' : 'failed'
}

async function insertAttempt(
  tx: Transaction,
  { messageId, attempt, startedAt }: Attempt,
  result: AttemptResult,
): Promise<void> {
  const { statusCode, errorCode, durationMs } = result
  if (result.isFiltered) return
  await tx.webhookAttempt.create({
    data: { messageId, number: attempt + 1, statusCode, errorCode, durationMs, startedAt },
  })
}

async function resetFailures(tx: Transaction, endpointId: string, now: Date): Promise<void> {
  await tx.webhookEndpoint.update({
    where: { id: endpointId },
    data: { failures: 0, failingSince: null, pausedUntil: null, warnedAt: null, lastDeliveredAt: now },
  })
}

/**
 * Counts a failure. The owner is warned by email before the endpoint is disabled, unless the receiver responded 410 Gone.
 */
async function countFailure(
  tx: Transaction,
  deps: RecordAttemptDeps,
  endpointId: string,
  { isReceiverGone, now }: Readonly<{ isReceiverGone: boolean; now: Date }>,
): Promise<void> {
  const endpoint = await tx.webhookEndpoint.findUniqueOrThrow({ where: { id: endpointId } })
  const failures = endpoint.failures + 1
  const failingSince = endpoint.failingSince ?? now
  const pauseSeconds = pauseSecondsAfter(failures)
  const consequence = isReceiverGone ? 'gone' : consequenceOf({ failingSince, warnedAt: endpoint.warnedAt, now })
  await tx.webhookEndpoint.update({
    where: { id: endpointId },
    data: {
      failures,
      failingSince,
      pausedUntil: pauseSeconds === 0 ? null : new Date(now.getTime() + pauseSeconds * 1_000),
      ...(consequence === 'warn' && { warnedAt: now }),
    },
  })
  if (consequence === 'warn') await deps.queue.enqueue(tx, 'send-endpoint-notice', { endpointId, notice: 'warning' })
  if (consequence === 'gone') await disableEndpoint(tx, deps, endpointId, { reason: 'gone', actor: null })
  if (consequence === 'disable') await disableEndpoint(tx, deps, endpointId, { reason: 'failing', actor: null })
}
