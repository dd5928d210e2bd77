import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSemaphore } from '../../../platform/concurrency/semaphore.ts'
import { databaseFailureOf } from '../../../platform/database/failure.ts'
import { RateLimitedError } from '../../../platform/errors.ts'
import { readBody, TooManyBodiesError } from '../../../platform/http/read-body.ts'
import { respondJson } from '../../../platform/http/respond.ts'
import type { Log } from '../../../platform/logging/log.ts'
import type { Secret } from '../../../platform/secret.ts'
import { type ParsedDelivery, parseDelivery } from './cal-payload.model.ts'
import { type FindSignerDeps, findSigner, type Signed } from './find-signer.ts'
import { type ReceiveDeps, receiveDelivery } from './receive-delivery.ts'
import { type RefuseSignatureDeps, refuseSignature } from './refuse-signature.ts'
import { isSignature, isSignedWith } from './webhook-secret.model.ts'

export type WebhookDeps = ReceiveDeps &
  FindSignerDeps &
  Readonly<{
    log: Pick<Log, 'error' | 'warn' | 'info'>
    env: Readonly<{ calcomWebhookSecret: Secret }>
    addressOf: (request: IncomingMessage) => string | null
  }> &
  RefuseSignatureDeps

/** Some hundred times what Cal.com's largest known payload needs. */
const bodyLimitBytes = 1_048_576

/**
 * Anybody can send a body and make the server look for who signed it. What is larger than Cal.com's are waits for no place:
 * so strangers who hold all of them keep no true webhook away. `search`: pastors' own secrets, each a look into the database.
 */
const bounds = { large: { fromBytes: 65_536, atOnce: 16 }, search: { maxConcurrent: 4, maxQueued: 100 } }

const retryAfterSeconds = 5

/**
 * Cal.com's door: POST with the signature of the raw body in `X-Cal-Signature-256`. Whatever the content type says, and
 * whatever the body is: signed correctly it is kept and acknowledged with 200, because Cal.com sends nothing twice.
 *
 * Answers 401 for a wrong signature, 405, 413, and 503 with Retry-After while the database is away, or while too many large
 * bodies or too many signatures that are not the church's are being looked at.
 */
export function calcomWebhook(deps: WebhookDeps) {
  const { addressOf } = deps
  const searching = createSemaphore(bounds.search)
  let largeBodies = 0

  async function receive(request: IncomingMessage, response: ServerResponse, mayBeLarge: () => boolean): Promise<void> {
    const signature = request.headers['x-cal-signature-256']
    if (!isSignature(signature)) {
      await refuseSignature(deps, addressOf(request), request.headers['user-agent'])
      return refuse(response, 401, 'BAD_SIGNATURE', { connection: 'close' })
    }
    const body = await readBody(request, bodyLimitBytes, { ...bounds.large, acquire: mayBeLarge })
    // What is still on its way is not read: the connection ends with the answer.
    if (body === null) return refuse(response, 413, 'PAYLOAD_TOO_LARGE', { connection: 'close' })
    const parsed = parseDelivery(body.toString('utf8'))
    const signedBy = await signerOf({ body, signature, parsed })
    if (signedBy === undefined) {
      deps.log.warn({ trigger: known(parsed) }, 'a delivery with a wrong signature was refused')
      await refuseSignature(deps, addressOf(request), request.headers['user-agent'])
      return refuse(response, 401, 'BAD_SIGNATURE')
    }
    const { outcome, bookingId } = await receiveDelivery(deps, { body, parsed, signedBy })
    deps.log.info({ trigger: known(parsed), outcome, bookingId }, 'a delivery was received')
    // A pastor with a secret of their own can sign anything: what became of it would tell of a colleague's bookings.
    const isTold = signedBy === null || parsed.kind !== 'event'
    respondJson(response, 200, { ok: true, outcome: isTold ? outcome : 'received' })
  }

  /** The pastor whose own secret signed it, null for the church, undefined for nobody. */
  async function signerOf(signed: Signed): Promise<string | null | undefined> {
    // Asks nobody, so that no flood of forgeries holds it up.
    if (isSignedWith(deps.env.calcomWebhookSecret.reveal(), signed.body, signed.signature)) return null
    return (await searching(() => findSigner(deps, signed)))?.signedBy
  }

  return async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return refuse(response, 405, 'METHOD_NOT_ALLOWED', { allow: 'POST' })
    let isLarge = false
    const mayBeLarge = () => {
      isLarge = largeBodies < bounds.large.atOnce
      if (isLarge) largeBodies += 1
      return isLarge
    }
    try {
      await receive(request, response, mayBeLarge)
    } catch (error) {
      if (error instanceof TooManyBodiesError || error instanceof RateLimitedError) return refuseForNow(response)
      if (databaseFailureOf(error) === null) throw error
      deps.log.error({ err: error }, 'a delivery could not be kept: the database is not there')
      refuseForNow(response)
    } finally {
      if (isLarge) largeBodies -= 1
    }
  }
}

function refuseForNow(response: ServerResponse): void {
  refuse(response, 503, 'UNAVAILABLE', { 'retry-after': String(retryAfterSeconds), connection: 'close' })
}

/** The trigger for the log, where it is one that Cal.com has; another could be anybody's words. */
function known(parsed: ParsedDelivery): string {
  return parsed.kind === 'unknown' ? 'unknown' : parsed.trigger
}

function refuse(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  respondJson(response, status, { ok: false, error: code }, headers)
}
