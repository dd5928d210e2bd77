import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '../../platform/secret.ts'

const lead = 'chub_'

/** 256 random bits in base64url. */
const pattern = /^chub_[A-Za-z0-9_-]{43}$/

/** How much of a token stays readable, so that a person knows which one it is: six characters tell nothing of the rest. */
const prefixLength = lead.length + 6

/** A token that was just made. It is shown once; only `hash` and `prefix` are kept. */
export type MintedToken = Readonly<{ token: Secret; hash: string; prefix: string }>

export function mintToken(): MintedToken {
  const token = lead + randomBytes(32).toString('base64url')
  return { token: new Secret(token), hash: tokenHashOf(token), prefix: token.slice(0, prefixLength) }
}

/**
 * SHA-256 (hex) of a token, as which it is kept: a dump of the table opens nothing. The token has 256 random bits, so a
 * plain hash can't be guessed back, and nobody guesses a token by asking either.
 */
export function tokenHashOf(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}

/** Whether a text can be a token at all. What can't is refused without a question to the database. */
export function isTokenText(text: string): boolean {
  return pattern.test(text)
}

/**
 * What stands in an `Authorization: Bearer …` header. Null where there is no header, or one of another scheme, which is
 * for a proxy before us and none of our business.
 */
export function readBearer(header: string | null | undefined): string | null {
  const match = /^\s*bearer(?:\s+(.*))?$/i.exec(header ?? '')
  return match === null ? null : (match[1] ?? '').trim()
}
