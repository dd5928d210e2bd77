import { z } from 'zod'

/** A secret and the address it is kept for. `address`: null for one that was stored before addresses were. */
export type BoundSecret = Readonly<{ secret: string; address: string | null }>

const boundFormat = z.strictObject({ secret: z.string(), address: z.string() })

const prefix = 'bound.v1.'

/** A secret together with the address it is kept for, as one text to encrypt: neither can be exchanged without the other. */
export function bindSecret(secret: string, address: string): string {
  return prefix + Buffer.from(JSON.stringify({ secret, address })).toString('base64url')
}

/** The other way of `bindSecret`. */
export function readBoundSecret(text: string): BoundSecret {
  if (!text.startsWith(prefix)) return { secret: text, address: null }
  return boundFormat.parse(JSON.parse(Buffer.from(text.slice(prefix.length), 'base64url').toString('utf8')))
}
