import type { IncomingMessage, ServerResponse } from 'node:http'
import { databaseFailureOf } from '../../platform/database/failure.ts'
import { readBody } from '../../platform/http/read-body.ts'
import { respondJson } from '../../platform/http/respond.ts'
import type { Log } from '../../platform/log.ts'
import type { Secret } from '../../platform/secret.ts'
import { type ParsedDelivery, parseDelivery } from './cal-payload.model.ts'
import { type FindSignerDeps, findSigner } from './find-signer.ts'
import { type ReceiveDeps, receiveDelivery } from './receive-delivery.ts'

export type WebhookDeps = ReceiveDeps &
  Omit<FindSignerDeps, 'churchSecret'> &
  Readonly<{ log: Pick<Log, 'error' | 'warn' | 'info'>; env: Readonly<{ calcomWebhookSecret: Secret }> }>

/** Some hundred times what Cal.com's largest known payload needs. */
const bodyLimitBytes = 1_048_576

const retryAfterSeconds = 5

/**
 * Cal.com's door: POST with the signature of the raw body in `X-Cal-Signature-256`. Whatever the content type says, and
 * whatever the body is: signed correctly it is kept and acknowledged with 200, because Cal.com sends nothing twice.
 *
 * Answers 401 for a wrong signature, 405, 413, and 503 with Retry-After while the database is away.
 */
export function calcomWebhook(deps: WebhookDeps) {
  return async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return refuse(response, 405, 'METHOD_NOT_ALLOWED', { allow: 'POST' })
    const body = await readBody(request, bodyLimitBytes)
    // What is still on its way is not read: the connection ends with the answer.
    if (body === null) return refuse(response, 413, 'PAYLOAD_TOO_LARGE', { connection: 'close' })
    const parsed = parseDelivery(body.toString('utf8'))
    try {
      const signature = request.headers['x-cal-signature-256']
      const signer = await findSigner(
        { ...deps, churchSecret: deps.env.calcomWebhookSecret },
        { body, signature, parsed },
      )
      if (signer === null) {
        deps.log.warn({ trigger: known(parsed) }, 'a delivery with a wrong signature was refused')
        return refuse(response, 401, 'BAD_SIGNATURE')
      }
      const { outcome, bookingId } = await receiveDelivery(deps, { body, parsed, signedBy: signer.signedBy })
      deps.log.info({ trigger: known(parsed), outcome, bookingId }, 'a delivery was received')
      respondJson(response, 200, { ok: true, outcome })
    } catch (error) {
      if (databaseFailureOf(error) === null) throw error
      deps.log.error({ err: error }, 'a delivery could not be kept: the database is not there')
      refuse(response, 503, 'UNAVAILABLE', { 'retry-after': String(retryAfterSeconds) })
    }
  }
}

/** The trigger for the log, where it is one that Cal.com has; another could be anybody's words. */
function known(parsed: ParsedDelivery): string {
  return parsed.kind === 'unknown' ? 'unknown' : parsed.trigger
}

function refuse(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  respondJson(response, status, { ok: false, error: code }, headers)
}
