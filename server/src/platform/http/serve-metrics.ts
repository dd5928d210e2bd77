import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metrics } from '../logging/metrics.ts'
import type { Secret } from '../secret.ts'
import { isForwarded, isLoopback } from './forwarding.ts'
import { respondError } from './respond.ts'

/**
 * Makes the answer to `/metrics`. With a token it is for whoever sends that as `Authorization: Bearer`; without one for
 * programs on this machine, unless a proxy has passed the request on: then anybody could be behind it.
 */
export function serveMetrics(metrics: Metrics, token: Secret | null) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (token === null && (!isLoopback(request.socket.remoteAddress) || isForwarded(request.headers))) {
      return respondError(response, 404, 'NOT_FOUND', 'Not found. Check the address.')
    }
    if (token !== null && !isToken(request.headers.authorization, token)) {
      response.setHeader('www-authenticate', 'Bearer')
      return respondError(
        response,
        401,
        'UNAUTHENTICATED',
        'The bearer token is missing or wrong. Send METRICS_TOKEN as a bearer token.',
      )
    }
    response.setHeader('content-type', metrics.contentType)
    response.setHeader('cache-control', 'no-store')
    response.end(await metrics.metrics())
  }
}

/** Compares digests, which have one length, in a time that tells nothing. */
function isToken(authorization: string | undefined, token: Secret): boolean {
  const [, given] = /^bearer (.+)$/i.exec(authorization ?? '') ?? []
  return given !== undefined && timingSafeEqual(digestOf(given), digestOf(token.reveal()))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
