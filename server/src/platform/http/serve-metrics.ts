import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metrics } from '../logging/metrics.ts'
import type { Secret } from '../secret.ts'
import { isForwarded, isLoopback } from './forwarding.ts'
import { respondError } from './respond.ts'

/**
 * Creates the handler of `/metrics`. With a token it requires `Authorization: Bearer`; without one it answers local
 * clients only, unless a proxy forwarded the request, because then anyone could be behind it.
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

/** Compares digests, which have equal length, in constant time. */
function isToken(authorization: string | undefined, token: Secret): boolean {
  const [, presented] = /^bearer (.+)$/i.exec(authorization ?? '') ?? []
  return presented !== undefined && timingSafeEqual(digestOf(presented), digestOf(token.reveal()))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
