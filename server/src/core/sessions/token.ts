import { createHash } from 'node:crypto'

/**
 * The name of the cookie that carries a session's token. Behind TLS it has the prefix by which a browser takes it from this
 * host alone, over TLS and for all paths (RFC 6265bis §4.1.3.2): else a neighbour under the same domain could set one, and
 * have somebody work in a session that is not theirs. The name without it is not accepted there.
 */
export function sessionCookieName(isSecure: boolean): string {
  return isSecure ? '__Host-churchhub_session' : 'churchhub_session'
}

// Lucia's tokens: 25 random bytes in lower-case base32.
const TOKEN = /^[a-z2-7]{40}$/

/**
 * The id of a session in the database: SHA-256 (hex) of its token. A dump of the table opens nothing; the token has 200
 * random bits, so a plain hash can't be guessed back.
 */
export function sessionIdOf(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}

/**
 * Finds the session's token in a Cookie header. Null when there is none or it can't be one. Lucia's own reader throws on
 * any cookie that is badly percent-encoded, so a neighbour's cookie on the same host could lock people out.
 */
export function readSessionCookie(header: string | null | undefined, name: string): string | null {
  const prefix = `${name}=`
  const pair = header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(prefix))
  const token = pair?.slice(prefix.length) ?? ''
  return TOKEN.test(token) ? token : null
}
