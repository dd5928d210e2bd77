import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '../../platform/secret.ts'

const prefix = 'chub_'

/** 256 random bits in base64url. */
const pattern = /^chub_[A-Za-z0-9_-]{43}$/

/** The length of the readable prefix that identifies a token to people: six characters reveal nothing of the rest. */
const prefixLength = prefix.length + 6

/** A new token. It is shown once; only `hash` and `prefix` are stored. */
export type MintedToken = Readonly<{ token: Secret; hash: string; prefix: string }>

export function mintToken(): MintedToken {
  const token = prefix + randomBytes(32).toString('base64url')
  return { token: new Secret(token), hash: tokenHashOf(token), prefix: token.slice(0, prefixLength) }
}

/**
 * SHA-256 (hex) of a token, as stored: a dump of the table grants no access. The token has 256 random bits, so an
 * unsalted hash can't be reversed and the token can't be guessed.
 */
export function tokenHashOf(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}

/** Whether a text has the format of a token. Other texts are refused without a query. */
export function isTokenText(text: string): boolean {
  return pattern.test(text)
}

/**
 * The token of an `Authorization: Bearer …` header. Null if there is no header, or one of another scheme, which may be
 * for a reverse proxy.
 */
export function readBearer(header: string | null | undefined): string | null {
  const match = /^\s*bearer(?:\s+(.*))?$/i.exec(header ?? '')
  return match === null ? null : (match[1] ?? '').trim()
}
