import { createHash } from 'node:crypto'

/**
 * The name of the session cookie. Behind TLS it has the __Host- prefix, so a browser accepts it only from this host,
 * over TLS and for all paths (RFC 6265bis
 * 4.1.3.2): otherwise another host of the domain could set one, and make somebody work in a session that isn't theirs.
 * The name without the prefix is not accepted there.
 */
export function sessionCookieName(isSecure: boolean): string {
  return isSecure ? '__Host-churchhub_session' : 'churchhub_session'
}

// Lucia's tokens: 25 random bytes in lower-case base32.
const TOKEN = /^[a-z2-7]{40}$/

/**
 * The ID of a session in the database: SHA-256 (hex) of its token. A dump of the table grants no access; the token has
 * 200 random bits, so an unsalted hash can't be reversed.
 */
export function sessionIdOf(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}

/**
 * Finds the session token in a Cookie header. Null if there is none or it is malformed. Lucia's own reader throws on
 * any badly percent-encoded cookie, so a cookie of another app on the same host could lock people out.
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
