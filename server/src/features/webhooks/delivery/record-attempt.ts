import type { Clock } from '../../../platform/clock.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { disableEndpoint } from '../endpoints/disable-endpoint.ts'
import { consequenceOf, nextWaitSeconds, restSeconds } from './schedule.model.ts'

export type RecordAttemptDeps = Readonly<{
  database: Database
  clock: Clock
  queue: Pick<Queue, 'enqueue'>
  /** From 0 to 1, to spread tries. */
  random: () => number
}>

/** A try, and what came of it. `errorCode` null: the receiver took it, or nobody wanted it. */
export type Tried = Readonly<{
  isFiltered: boolean
  statusCode: number | null
  errorCode: string | null
  retryAfterSeconds: number | null
  durationMs: number
}>

type Attempt = Readonly<{ messageId: string; endpointId: string; attempt: number; step: number; startedAt: Date }>

/**
 * Puts a try on record, and what follows from it: the end of the message, or its next try, and what it says of the endpoint.
 * One transaction; where another job has recorded this very try meanwhile, nothing.
 */
export async function recordAttempt(
  deps: RecordAttemptDeps,
  attempt: Attempt,
  tried: Tried,
): Promise<'delivered' | 'filtered' | 'failed' | 'superseded'> {
  const now = deps.clock.now()
  const isOver = tried.errorCode === null || tried.errorCode === 'GONE'
  const waitSeconds = isOver ? null : nextWaitSeconds(attempt.step, tried.retryAfterSeconds, deps.random())
  const nextAttemptAt = waitSeconds === null ? null : new Date(now.getTime() + waitSeconds * 1_000)
  const outcome = outcomeOf(tried)
  return deps.database.$transaction(async (tx) => {
    // The endpoint first, as everywhere: two that settle for the same endpoint wait here and not in a ring.
    await tx.$queryRaw`SELECT FROM webhook_endpoints WHERE id = ${attempt.endpointId}::uuid FOR UPDATE`
    const { count } = await tx.webhookMessage.updateMany({
      where: { id: attempt.messageId, status: 'pending', attempts: attempt.attempt },
      data: {
        status: nextAttemptAt === null ? outcome : 'pending',
        attempts: attempt.attempt + (tried.isFiltered ? 0 : 1),
        step: attempt.step + 1,
        nextAttemptAt,
        finishedAt: nextAttemptAt === null ? now : null,
      },
    })
    if (count === 0) return 'superseded'
    await recordTry(tx, attempt, tried)
    if (outcome === 'delivered') await praise(tx, attempt.endpointId, now)
    if (outcome === 'failed') await blame(tx, deps, attempt.endpointId, { isGone: tried.errorCode === 'GONE', now })
    if (nextAttemptAt !== null) {
      const payload = { messageId: attempt.messageId, attempt: attempt.attempt + 1 }
      await deps.queue.enqueue(tx, 'send-webhook', payload, { startAfter: nextAttemptAt })
    }
    return outcome
  })
}

function outcomeOf({ isFiltered, errorCode }: Tried): 'delivered' | 'filtered' | 'failed' {
  if (isFiltered) return 'filtered'
  return errorCode === null ? 'delivered' : 'failed'
}

async function recordTry(tx: Transaction, { messageId, attempt, startedAt }: Attempt, tried: Tried): Promise<void> {
  const { statusCode, errorCode, durationMs } = tried
  if (tried.isFiltered) return
  await tx.webhookAttempt.create({
    data: { messageId, number: attempt + 1, statusCode, errorCode, durationMs, startedAt },
  })
}

async function praise(tx: Transaction, endpointId: string, now: Date): Promise<void> {
  await tx.webhookEndpoint.update({
    where: { id: endpointId },
    data: { failures: 0, failingSince: null, pausedUntil: null, warnedAt: null, lastDeliveredAt: now },
  })
}

/** Counts a failure. The owner hears of it by mail before the endpoint is switched off, unless the receiver says that it is gone. */
async function blame(
  tx: Transaction,
  deps: RecordAttemptDeps,
  endpointId: string,
  { isGone, now }: Readonly<{ isGone: boolean; now: Date }>,
): Promise<void> {
  const endpoint = await tx.webhookEndpoint.findUniqueOrThrow({ where: { id: endpointId } })
  const failures = endpoint.failures + 1
  const failingSince = endpoint.failingSince ?? now
  const rest = restSeconds(failures)
  const consequence = isGone ? 'gone' : consequenceOf({ failingSince, warnedAt: endpoint.warnedAt, now })
  await tx.webhookEndpoint.update({
    where: { id: endpointId },
    data: {
      failures,
      failingSince,
      pausedUntil: rest === 0 ? null : new Date(now.getTime() + rest * 1_000),
      ...(consequence === 'warn' && { warnedAt: now }),
    },
  })
  if (consequence === 'warn') await deps.queue.enqueue(tx, 'send-endpoint-notice', { endpointId, notice: 'warning' })
  if (consequence === 'gone') await disableEndpoint(tx, deps, endpointId, { reason: 'gone', by: null })
  if (consequence === 'disable') await disableEndpoint(tx, deps, endpointId, { reason: 'failing', by: null })
}
