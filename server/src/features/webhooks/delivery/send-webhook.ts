import type { StoredDocuments } from '../../../core/access/stored-documents.ts'
import { ChurchHubError } from '../../../platform/errors.ts'
import type { GuardedPost } from '../../../platform/http/guarded-post.ts'
import { type DecryptTargetDeps, decryptTarget } from '../endpoints/decrypt-target.ts'
import { pingType, webhookIdOf } from '../model.ts'
import { buildBody } from './build-body.ts'
import { postToReceiver } from './receiver.client.ts'
import { type AttemptResult, type RecordAttemptDeps, recordAttempt } from './record-attempt.ts'
import { retryAfterSecondsOf } from './schedule.model.ts'

export type SendWebhookDeps = RecordAttemptDeps &
  DecryptTargetDeps &
  Readonly<{
    documents: StoredDocuments
    receivers: GuardedPost
  }>

/** The outcome of a job: that of its delivery attempt, or why there was none. */
export type SentWebhook = 'delivered' | 'filtered' | 'failed' | 'cancelled' | 'resting' | 'superseded'

/**
 * Makes one delivery attempt. After a crash between the response and its record, the attempt is repeated; the receiver sees
 * the same `webhook-id` again. No transaction is open during the request.
 *
 * @param attempt - the number of attempts when the job was enqueued; if it has changed, another job has superseded this one
 */
export async function sendWebhook(
  deps: SendWebhookDeps,
  { messageId, attempt }: Readonly<{ messageId: string; attempt: number }>,
): Promise<SentWebhook> {
  const message = await readMessage(deps, messageId)
  if (message === null || message.status !== 'pending' || message.attempts !== attempt) return 'superseded'
  const { endpoint } = message
  const now = deps.clock.now()
  if (!endpoint.isActive || !endpoint.owner.isActive) {
    await deps.database.webhookMessage.updateMany({
      where: { id: messageId, status: 'pending' },
      data: { status: 'cancelled', finishedAt: now, nextAttemptAt: null },
    })
    return 'cancelled'
  }
  // Pings and redeliveries, which a user requested, ignore the pause.
  const isRequestedByUser = message.type === pingType || (message.step === 0 && attempt > 0)
  if (!isRequestedByUser && endpoint.pausedUntil !== null && endpoint.pausedUntil > now) {
    await postpone(deps, { messageId, attempt }, endpoint.pausedUntil)
    return 'resting'
  }
  const result = await attemptDelivery(deps, message, now)
  return recordAttempt(
    deps,
    { messageId, attempt, endpointId: endpoint.id, step: message.step, startedAt: now },
    result,
  )
}

type Message = NonNullable<Awaited<ReturnType<typeof readMessage>>>

function readMessage({ database }: SendWebhookDeps, id: string) {
  return database.webhookMessage.findUnique({
    where: { id },
    include: { endpoint: { include: { owner: { select: { role: true, isActive: true } } } } },
  })
}

/** Postpones the attempt until the endpoint's pause ends, with jitter so that paused messages don't all resume at once. */
async function postpone(
  { database, queue, random }: SendWebhookDeps,
  payload: Readonly<{ messageId: string; attempt: number }>,
  until: Date,
): Promise<void> {
  const startAfter = new Date(until.getTime() + random() * pauseJitterMs)
  await database.$transaction(async (tx) => {
    const { count } = await tx.webhookMessage.updateMany({
      where: { id: payload.messageId, status: 'pending', attempts: payload.attempt },
      data: { nextAttemptAt: startAfter },
    })
    if (count > 0) await queue.enqueue(tx, 'send-webhook', payload, { startAfter })
  })
}

const pauseJitterMs = 5_000

async function attemptDelivery(deps: SendWebhookDeps, message: Message, now: Date): Promise<AttemptResult> {
  const startedMs = performance.now()
  const withDuration = (result: Omit<AttemptResult, 'durationMs'>) => ({
    ...result,
    durationMs: Math.round(performance.now() - startedMs),
  })
  const { endpoint } = message
  const built = await buildBody(deps, endpoint, endpoint.owner.role, message)
  if (built.kind === 'filtered') return withDuration({ ...noResult, isFiltered: true })
  if (built.kind === 'failed') return withDuration({ ...noResult, errorCode: built.code })
  const target = await decryptTarget(deps, endpoint).catch((error: unknown) => {
    if (error instanceof ChurchHubError && error.code === 'UNREADABLE') return null
    throw error
  })
  if (target === null) return withDuration({ ...noResult, errorCode: 'UNREADABLE' })
  const outgoing = { webhookId: webhookIdOf(message.id), sentAt: now, body: JSON.stringify(built.body) }
  const { status, retryAfter, noResponse } = await postToReceiver(deps.receivers, target, outgoing)
  const errorCode = noResponse ?? errorCodeOf(status)
  return withDuration({
    ...noResult,
    statusCode: status,
    errorCode,
    retryAfterSeconds: retryAfterSecondsOf(retryAfter, now),
  })
}

const noResult = { statusCode: null, errorCode: null, retryAfterSeconds: null, isFiltered: false } as const

/** Null if the receiver accepted the message. */
function errorCodeOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  // Redirects are not followed: a receiver could send messages, and their content, to any address.
  if (status >= 300 && status < 400) return 'REDIRECTED'
  return status === 410 ? 'GONE' : 'REFUSED'
}
