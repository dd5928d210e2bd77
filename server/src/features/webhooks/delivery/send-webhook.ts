import type { StoredDocuments } from '../../../core/access/stored-documents.ts'
import { ChurchHubError } from '../../../platform/errors.ts'
import type { GuardedPost } from '../../../platform/http/guarded-post.ts'
import { type DecryptTargetDeps, decryptTarget } from '../endpoints/decrypt-target.ts'
import { pingType, webhookIdOf } from '../model.ts'
import { buildBody } from './build-body.ts'
import { postToReceiver } from './receiver.client.ts'
import { type RecordAttemptDeps, recordAttempt, type Tried } from './record-attempt.ts'
import { retryAfterSecondsOf } from './schedule.model.ts'

export type SendWebhookDeps = RecordAttemptDeps &
  DecryptTargetDeps &
  Readonly<{
    documents: StoredDocuments
    receivers: GuardedPost
  }>

/** What came of a job: a try, or why there was none. */
export type SentWebhook = 'delivered' | 'filtered' | 'failed' | 'cancelled' | 'resting' | 'superseded'

/**
 * One try at a message. It may be made twice for the same job, after a crash between the receiver's answer and the record of
 * it: the receiver then sees the same `webhook-id` again. No transaction is open while the receiver thinks.
 *
 * @param attempt - how many tries there had been when the job was enqueued; another number means that somebody else's job
 *   has taken its place
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
  // What a person has just asked for does not wait with the rest.
  const isAskedFor = message.type === pingType || (message.step === 0 && attempt > 0)
  if (!isAskedFor && endpoint.pausedUntil !== null && endpoint.pausedUntil > now) {
    await putOff(deps, { messageId, attempt }, endpoint.pausedUntil)
    return 'resting'
  }
  const tried = await tryOnce(deps, message, now)
  return recordAttempt(deps, { messageId, attempt, endpointId: endpoint.id, step: message.step, startedAt: now }, tried)
}

type Message = NonNullable<Awaited<ReturnType<typeof readMessage>>>

function readMessage({ database }: SendWebhookDeps, id: string) {
  return database.webhookMessage.findUnique({
    where: { id },
    include: { endpoint: { include: { owner: { select: { role: true, isActive: true } } } } },
  })
}

/** After its endpoint's rest the message is tried as it would have been now. What rests together does not come back together. */
async function putOff(
  { database, queue, random }: SendWebhookDeps,
  payload: Readonly<{ messageId: string; attempt: number }>,
  until: Date,
): Promise<void> {
  const startAfter = new Date(until.getTime() + random() * restSpreadMs)
  await database.$transaction(async (tx) => {
    const { count } = await tx.webhookMessage.updateMany({
      where: { id: payload.messageId, status: 'pending', attempts: payload.attempt },
      data: { nextAttemptAt: startAfter },
    })
    if (count > 0) await queue.enqueue(tx, 'send-webhook', payload, { startAfter })
  })
}

const restSpreadMs = 5_000

async function tryOnce(deps: SendWebhookDeps, message: Message, now: Date): Promise<Tried> {
  const startedMs = performance.now()
  const tried = (result: Omit<Tried, 'durationMs'>) => ({
    ...result,
    durationMs: Math.round(performance.now() - startedMs),
  })
  const { endpoint } = message
  const made = await buildBody(deps, endpoint, endpoint.owner.role, message)
  if (made.kind === 'filtered') return tried({ ...nothing, isFiltered: true })
  if (made.kind === 'failed') return tried({ ...nothing, errorCode: made.code })
  const target = await decryptTarget(deps, endpoint).catch((error: unknown) => {
    if (error instanceof ChurchHubError && error.code === 'UNREADABLE') return null
    throw error
  })
  if (target === null) return tried({ ...nothing, errorCode: 'UNREADABLE' })
  const outgoing = { webhookId: webhookIdOf(message.id), sentAt: now, body: JSON.stringify(made.body) }
  const { status, retryAfter, noAnswer } = await postToReceiver(deps.receivers, target, outgoing)
  const errorCode = noAnswer ?? errorCodeOf(status)
  return tried({ ...nothing, statusCode: status, errorCode, retryAfterSeconds: retryAfterSecondsOf(retryAfter, now) })
}

const nothing = { statusCode: null, errorCode: null, retryAfterSeconds: null, isFiltered: false } as const

/** Null for an answer that says that it was taken. */
function errorCodeOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  // Following it would let a receiver choose where messages go, and what they are posted to.
  if (status >= 300 && status < 400) return 'REDIRECTED'
  return status === 410 ? 'GONE' : 'REFUSED'
}
