import type { IncomingMessage, ServerResponse } from 'node:http'
import type { YogaServerInstance } from 'graphql-yoga'
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
  /** The origins that ChurchHub is reached under. */
  publicOrigins: ReadonlySet<string>
  bodyBytes: number
  eventStreams: Pick<EventStreams, 'open'>
}>

/**
 * `/graphql` over HTTP and Server-Sent Events. A browser sends the cookie with whatever any page makes it send, so what
 * a page of another site can make it send is refused before anybody looks at the cookie: `docs/api.md` has the table.
 */
export function createGraphqlOverHttp(options: GraphqlOverHttpOptions) {
  const { graphql, fastPath, identify, publicOrigins, bodyBytes, eventStreams } = options
  return async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Answers hold what is opened only for one reader, once.
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
      // A form on another site can post other types than these without asking the browser first.
      if (!/^application\/(graphql\+)?json\b/i.test(request.headers['content-type'] ?? '')) {
        return respondError(response, 415, 'BAD_REQUEST', 'Send the query as application/json.')
      }
      const received = await readBody(request, bodyBytes)
      if (received === null) {
        // What is still on its way is not read: the connection ends with the answer.
        response.setHeader('connection', 'close')
        return respondError(
          response,
          413,
          'PAYLOAD_TOO_LARGE',
          `The request is too large. Send at most ${bodyBytes} bytes.`,
        )
      }
      body = received.toString('utf8')
    } else if (!comesByToken(request) && mayBeALink(request)) {
      return respondError(response, 403, 'FORBIDDEN', 'A GET request must not carry a cookie. Use POST.')
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
      // Where Yoga looks for a body that has been read.
      Object.assign(request, { body })
    }
    await graphql(request, response, { req: request, res: response, caller, charge })
  }
}

/**
 * Whether a link on another site could have made this request: it carries the cookie, and would open a summary in the
 * pastor's name.
 */
function mayBeALink({ headers }: IncomingMessage): boolean {
  return headers.cookie !== undefined && headers['sec-fetch-site'] !== 'same-origin'
}
