import { z } from 'zod'
import { Secret } from '../secret.ts'

/** AES-256 requires a key of 32 bytes. */
const KEY_BYTES = 32

/** How to generate an ENCRYPTION_KEY, for messages. */
export const KEY_COMMAND = 'make one with: openssl rand -base64 32'
/** How to generate a webhook secret, for messages. */
export const SECRET_COMMAND = 'make one with: openssl rand -hex 32'

// Messages are logged, so none repeats the value.

/** ENCRYPTION_KEY: 32 ASCII characters, or 32 bytes in hex, base64 or base64url. */
export const encryptionKeyFormat = z.string().transform((text, context) => {
  const key = keyBytesOf(text)
  if (key !== null) return new Secret(key)
  context.addIssue(`must be 32 characters, or 32 bytes in base64 or hex; ${KEY_COMMAND}`)
  return z.NEVER
})

/** The secret Cal.com signs its webhooks with. */
export const webhookSecretFormat = z
  .string()
  // Cal.com signs with this literal when it has no secret; accepting it would let anyone forge a booking.
  .refine(
    (text) => text !== 'no-secret-provided',
    `must be a secret of your own, set in Cal.com too; ${SECRET_COMMAND}`,
  )
  .refine((text) => text.length >= 16, `must be at least 16 characters, set in Cal.com too; ${SECRET_COMMAND}`)
  .transform((text) => new Secret(text))

/** METRICS_TOKEN: the token a monitoring system sends to read `/metrics`. */
export const metricsTokenFormat = z
  .string()
  .regex(/^[\x21-\x7e]{16,256}$/, `must be 16 to 256 characters without spaces; ${SECRET_COMMAND}`)
  .transform((text) => new Secret(text))

function keyBytesOf(text: string): Buffer | null {
  if (/^[\x20-\x7e]{32}$/.test(text)) return Buffer.from(text, 'latin1')
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  const unpadded = text.replace(/=$/, '')
  const bytes = Buffer.from(unpadded, 'base64')
  const spellings = [bytes.toString('base64').replace(/=$/, ''), bytes.toString('base64url')]
  // Decoders skip unknown characters, so a mistyped key would silently become another key.
  return bytes.length === KEY_BYTES && spellings.includes(unpadded) ? bytes : null
}
