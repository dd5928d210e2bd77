import type { IncomingMessage } from 'node:http'
import { originOf } from '../../core/access/origin.ts'
import { InvalidTokenError, TokenUnconfirmedError } from '../../core/tokens/errors.ts'
import { readBearer } from '../../core/tokens/token.ts'
import type { Deps } from '../auth/context.ts'
import type { Caller } from './yoga.ts'

/**
 * Finds out who asks, by the token in the header `Authorization`, or else by the session's cookie. `authorization` is what
 * a socket's `connection_init` says in place of the header.
 *
 * @throws TokenUnconfirmedError; InvalidTokenError for a token that lets nobody in: a script must not go on as whoever's cookie is there too
 */
export type Identify = (request: IncomingMessage, authorization?: string) => Promise<Omit<Caller, 'setCookie'>>

type IdentifyDeps = Pick<Deps, 'sessions' | 'tokens' | 'devices' | 'refusedTokens'>

export function createIdentify(deps: IdentifyDeps, addressOf: (request: IncomingMessage) => string | null): Identify {
  return async (request, authorization = request.headers.authorization) => {
    const origin = originOf(addressOf(request), request.headers['user-agent'])
    const bearer = readBearer(authorization)
    if (bearer !== null) {
      const viewer = await deps.tokens.validate(bearer).catch(async (error: unknown) => {
        if (error instanceof TokenUnconfirmedError) await deps.refusedTokens.recordUnconfirmed(bearer, origin)
        throw error
      })
      if (viewer === null) {
        await deps.refusedTokens.record(bearer, origin)
        throw new InvalidTokenError()
      }
      return { viewer, origin: { ...origin, tokenId: viewer.tokenId } }
    }
    const { cookie } = request.headers
    const token = deps.sessions.readCookie(cookie)
    const device = deps.devices.read(cookie)
    const from = device === null ? origin : { ...origin, device }
    return { viewer: token === null ? null : await deps.sessions.validate(token), origin: from }
  }
}

/**
 * Whether a request comes by a token: no page of another site can make a browser send one, and where there is one the
 * cookie is not looked at. So what guards cookies need not guard such a request.
 */
export function comesByToken(request: IncomingMessage): boolean {
  return readBearer(request.headers.authorization) !== null
}
