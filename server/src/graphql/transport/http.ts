import type { IncomingMessage, ServerResponse } from 'node:http'
import type { YogaServerInstance } from 'graphql-yoga'
import { isNestedDeeper } from '../../platform/http/nesting.ts'
import { readBody } from '../../platform/http/read-body.ts'
import { respondError } from '../../platform/http/respond.ts'
import { isSameOrigin } from '../../platform/http/same-origin.ts'
import type { Context } from '../auth/context.ts'
import type { AnswerCost } from '../limits/rate-limit.ts'
import type { EventStreams } from '../live/event-streams.ts'
import type { FastPath } from './fast-path.ts'
import { comesByToken, type Identify } from './identify.ts'
import type { ServerContext } from './yoga.ts'

export type GraphqlOverHttpOptions = Readonly<{
  graphql: YogaServerInstance<ServerContext, Context>
  /** Answers planned queries without Yoga. */
  fastPath: FastPath
  identify: Identify
  /** The public origins of ChurchHub. */
  publicOrigins: ReadonlySet<string>
  bodyBytes: number
  eventStreams: Pick<EventStreams, 'open'>
}>

/**
 * Serves `/graphql` over HTTP and Server-Sent Events. A browser sends the cookie with requests from any page, so
 * cross-site requests are rejected before the cookie is read: `docs/api.md` has the table.
 */
export function createGraphqlOverHttp(options: GraphqlOverHttpOptions) {
  const { graphql, fastPath, identify, publicOrigins, bodyBytes, eventStreams } = options
  return async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Responses may contain plaintext, which is meant for one viewer only.
    response.setHeader('cache-control', 'no-store')
    if (!comesByToken(request) && !isSameOrigin(request, publicOrigins)) {
      return respondError(
        response,
        403,
        'FORBIDDEN',
        "Pages of other sites can't send requests on your behalf. Use ChurchHub itself, or an API token.",
      )
    }
    let body: string | null = null
    if (request.method === 'POST') {
      const contentType = (request.headers['content-type'] ?? '').toLowerCase()
      // A form on another site can post other content types without a CORS preflight.
      if (!/^application\/(graphql\+)?json\b/.test(contentType)) {
        return respondError(response, 415, 'BAD_REQUEST', 'Send the query as application/json.')
      }
      // Yoga compares it with its case.
      request.headers['content-type'] = contentType
      const received = await readBody(request, bodyBytes)
      if (received === null) {
        // The rest of the body isn't read: the connection closes with the response.
        response.setHeader('connection', 'close')
        return respondError(
          response,
          413,
          'PAYLOAD_TOO_LARGE',
          `The request is too large. Send at most ${bodyBytes} bytes.`,
        )
      }
      body = received.toString('utf8')
      if (isNestedDeeper(body, maxNesting)) return refuseNesting(response)
    } else if (request.method === 'GET' && !comesByToken(request) && request.headers.cookie === undefined) {
      return respondError(response, 401, 'UNAUTHENTICATED', 'A GET request needs an API token. Use POST to sign in.')
    } else if (!comesByToken(request) && mayBeALink(request)) {
      return respondError(response, 403, 'FORBIDDEN', 'A GET request must not carry a cookie. Use POST.')
    }
    if (body === null && jsonParametersOf(request).some((json) => isNestedDeeper(json, maxNesting))) {
      return refuseNesting(response)
    }
    const identified = await identify(request)
    const isStream = request.headers.accept?.includes('text/event-stream') === true
    if (isStream && !eventStreams.open(response, identified.viewer)) {
      return respondError(response, 429, 'RATE_LIMITED', 'You have too many open streams. Close one first.')
    }
    const caller = {
      ...identified,
      setCookie: (cookie: string) => response.appendHeader('set-cookie', cookie),
    }
    let charge: AnswerCost | null = null
    if (body !== null) {
      const result = await fastPath(request, response, body, caller)
      if (result.isAnswered) return
      charge = result.charge
      // Yoga reads the body from here, because the stream is already consumed.
      Object.assign(request, { body })
    }
    await graphql(request, response, { req: request, res: response, caller, charge })
  }
}

/** The depth of arrays and objects in a request. Several times that of any valid input. */
export const maxNesting = 64

export const nestingMessage = `The request is nested too deeply. Use at most ${maxNesting} levels.`

function refuseNesting(response: ServerResponse): void {
  respondError(response, 400, 'BAD_REQUEST', nestingMessage)
}

/** The parameters of a GET request that are JSON texts. */
function jsonParametersOf({ url = '' }: IncomingMessage): readonly string[] {
  const parameters = new URLSearchParams(url.split('?')[1])
  return ['variables', 'extensions'].map((name) => parameters.get(name) ?? '')
}

/**
 * Whether a link on another site could have caused this request: it would carry the cookie, and could read a summary as
 * the pastor.
 */
function mayBeALink({ headers }: IncomingMessage): boolean {
  return headers.cookie !== undefined && headers['sec-fetch-site'] !== 'same-origin'
}
