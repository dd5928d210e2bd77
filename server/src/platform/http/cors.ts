import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSameOrigin } from './same-origin.ts'

/** Decides what pages of other sites may do. Their requests are answered without the cookie: they need a token. */
export type Cors = Readonly<{
  /**
   * Whether a request comes from a page of an allowed origin. Its cookie is removed, so that nothing can be done in the
   * name of the user who is signed in to this browser.
   */
  admit(request: IncomingMessage): boolean
  /**
   * Allows the page to read the response, errors included. Returns true if the request was a preflight, which is then
   * answered.
   */
  answer(request: IncomingMessage, response: ServerResponse): boolean
}>

/** What a script may send besides the headers that need no permission. */
const allowedHeaders = [
  'accept',
  'apollographql-client-name',
  'apollographql-client-version',
  'authorization',
  'cache-control',
  'content-type',
  'graphql-require-preflight',
  'last-event-id',
  'x-apollo-operation-name',
]

const exposedHeaders = ['content-disposition', 'retry-after', 'www-authenticate', 'x-audit-log-rows']

/** The longest time for which browsers keep the answer to a preflight. */
const preflightSeconds = 7_200

/**
 * @param allowedOrigins - the origins of other sites, exactly as browsers send them
 * @param publicOrigins - the origins ChurchHub is reached under, which keep their cookie
 */
export function createCors(allowedOrigins: readonly string[], publicOrigins: ReadonlySet<string>): Cors {
  const allowed = new Set(allowedOrigins)

  function admit(request: IncomingMessage): boolean {
    const { origin } = request.headers
    if (origin === undefined || !allowed.has(origin) || isSameOrigin(request, publicOrigins)) return false
    delete request.headers.cookie
    return true
  }

  return {
    admit,
    answer: (request, response) => {
      if (allowed.size === 0) return false
      // A shared cache must not give one page the response to another.
      response.setHeader('vary', 'Origin')
      const { origin } = request.headers
      if (!admit(request) || origin === undefined) return false
      response.setHeader('access-control-allow-origin', origin)
      if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
        response.setHeader('access-control-expose-headers', exposedHeaders.join(', '))
        return false
      }
      response.setHeader('access-control-allow-methods', 'GET, POST')
      response.setHeader('access-control-allow-headers', allowedHeaders.join(', '))
      response.setHeader('access-control-max-age', String(preflightSeconds))
      response.writeHead(204).end()
      return true
    },
  }
}
