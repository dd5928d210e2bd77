import { z } from 'zod'

/** A secret and the address it may be sent to. `address` is null for secrets stored before addresses were bound. */
export type BoundSecret = Readonly<{ secret: string; address: string | null }>

const boundFormat = z.strictObject({ secret: z.string(), address: z.string() })

const prefix = 'bound.v1.'

/**
 * Encodes a secret and its address as one plaintext, so that encryption binds them together and neither can be replaced
 * separately.
 */
export function bindSecret(secret: string, address: string): string {
  return prefix + Buffer.from(JSON.stringify({ secret, address })).toString('base64url')
}

/** The inverse of `bindSecret`. */
export function readBoundSecret(text: string): BoundSecret {
  if (!text.startsWith(prefix)) return { secret: text, address: null }
  return boundFormat.parse(JSON.parse(Buffer.from(text.slice(prefix.length), 'base64url').toString('utf8')))
}
