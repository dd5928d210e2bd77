import type { IncomingMessage } from 'node:http'
import { originOf } from '../../core/access/origin.ts'
import { AuthorizationFormatError, InvalidTokenError, TokenUnconfirmedError } from '../../core/tokens/errors.ts'
import { readBearer } from '../../core/tokens/token.ts'
import type { Deps } from '../auth/context.ts'
import type { Caller } from './yoga.ts'

/**
 * Identifies the caller by the token in the `Authorization` header, or else by the session cookie. `authorization`
 * replaces the header on a WebSocket, where `connection_init` provides it.
 *
 * @throws TokenUnconfirmedError
 * @throws AuthorizationFormatError for another form of the header, without a session. Not for the schemes of a proxy in
 *   front of ChurchHub, which browsers send with every request, signing in included
 * @throws InvalidTokenError for an invalid token, even with a valid cookie: a script must not continue with a browser's
 *   session
 */
export type Identify = (request: IncomingMessage, authorization?: string) => Promise<Omit<Caller, 'setCookie'>>

const proxySchemes = /^\s*(basic|digest|negotiate|ntlm)\b/i

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
    if (token === null && authorization !== undefined && !proxySchemes.test(authorization)) {
      throw new AuthorizationFormatError()
    }
    const device = deps.devices.read(cookie)
    const from = device === null ? origin : { ...origin, device }
    return { viewer: token === null ? null : await deps.sessions.validate(token), origin: from }
  }
}

/**
 * Whether a request uses a token. CSRF checks don't apply to it: a page of another site can't make a browser send a
 * token, and the cookie is ignored if there is one.
 */
export function comesByToken(request: IncomingMessage): boolean {
  return readBearer(request.headers.authorization) !== null
}
