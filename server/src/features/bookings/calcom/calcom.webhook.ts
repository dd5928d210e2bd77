import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSemaphore } from '../../../platform/concurrency/semaphore.ts'
import { databaseFailureOf } from '../../../platform/database/failure.ts'
import { RateLimitedError } from '../../../platform/errors.ts'
import { createBodyMemory, readBody, TooManyBodiesError } from '../../../platform/http/read-body.ts'
import { respondJson } from '../../../platform/http/respond.ts'
import type { Log } from '../../../platform/logging/log.ts'
import type { Secret } from '../../../platform/secret.ts'
import { shownTrigger } from '../write/delivery.model.ts'
import { parseDelivery } from './cal-payload.model.ts'
import { type ReceiveDeps, receiveDelivery } from './receive-delivery.ts'
import {
  type FindSignerDeps,
  findSigner,
  isSignature,
  isSignedWith,
  type RefuseSignatureDeps,
  refuseSignature,
  type Signed,
} from './signatures.ts'

export type WebhookDeps = ReceiveDeps &
  FindSignerDeps &
  Readonly<{
    log: Pick<Log, 'error' | 'warn' | 'info'>
    env: Readonly<{ calcomWebhookSecret: Secret }>
    addressOf: (request: IncomingMessage) => string | null
  }> &
  RefuseSignatureDeps

/** About a hundred times the size of Cal.com's largest known payload. */
const bodyLimitBytes = 1_048_576

/**
 * Limits for unauthenticated requests. `memoryBytes`: what incomplete bodies hold together; the slowest gives way, so
 * that an attacker can't block real webhooks. `search`: concurrent searches through pastors' own secrets, each of which
 * queries the database.
 */
const bounds = { memoryBytes: 16_777_216, search: { maxConcurrent: 4, maxQueued: 100 } }

const retryAfterSeconds = 5

/**
 * The webhook endpoint for Cal.com: POST with the signature of the raw body in `X-Cal-Signature-256`. Any correctly
 * signed body is recorded and acknowledged with 200, whatever its content type, because Cal.com never retries.
 *
 * Responds with 401 for an invalid signature, 405, 413, and 503 with Retry-After if the database is unavailable, or if
 * too many bodies or unknown signatures are being processed.
 */
export function calcomWebhook(deps: WebhookDeps) {
  const { addressOf } = deps
  const searching = createSemaphore(bounds.search)
  const memory = createBodyMemory(bounds.memoryBytes)

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signature = request.headers['x-cal-signature-256']
    if (!isSignature(signature)) {
      await refuseSignature(deps, addressOf(request), request.headers['user-agent'])
      return refuse(response, 401, 'BAD_SIGNATURE', { connection: 'close' })
    }
    const body = await readBody(request, bodyLimitBytes, memory)
    // The rest of the body isn't read: the connection closes with the response.
    if (body === null) return refuse(response, 413, 'PAYLOAD_TOO_LARGE', { connection: 'close' })
    const parsed = parseDelivery(body.toString('utf8'))
    const signedBy = await signerOf({ body, signature, parsed })
    if (signedBy === undefined) {
      deps.log.warn({ trigger: shownTrigger(parsed.trigger) }, 'delivery refused: invalid signature')
      await refuseSignature(deps, addressOf(request), request.headers['user-agent'])
      return refuse(response, 401, 'BAD_SIGNATURE')
    }
    const { outcome, bookingId } = await receiveDelivery(deps, { body, parsed, signedBy })
    deps.log.info({ trigger: shownTrigger(parsed.trigger), outcome, bookingId }, 'delivery received')
    // A pastor with a secret can sign any body, so the outcome would reveal whether a colleague's booking exists.
    const isTold = signedBy === null || parsed.kind !== 'event'
    respondJson(response, 200, { ok: true, outcome: isTold ? outcome : 'received' })
  }

  /** The pastor whose own secret signed it, null for the church's secret, undefined if the signature is invalid. */
  async function signerOf(signed: Signed): Promise<string | null | undefined> {
    // Checked before the semaphore, so that a flood of forged signatures doesn't delay valid deliveries.
    if (isSignedWith(deps.env.calcomWebhookSecret.reveal(), signed.body, signed.signature)) return null
    return (await searching(() => findSigner(deps, signed)))?.signedBy
  }

  return async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return refuse(response, 405, 'METHOD_NOT_ALLOWED', { allow: 'POST' })
    try {
      await receive(request, response)
    } catch (error) {
      if (error instanceof TooManyBodiesError || error instanceof RateLimitedError) return refuseForNow(response)
      if (databaseFailureOf(error) === null) throw error
      deps.log.error({ err: error }, 'delivery not recorded: database unavailable')
      refuseForNow(response)
    }
  }
}

function refuseForNow(response: ServerResponse): void {
  refuse(response, 503, 'UNAVAILABLE', { 'retry-after': String(retryAfterSeconds), connection: 'close' })
}

function refuse(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  respondJson(response, status, { ok: false, error: code }, headers)
}
