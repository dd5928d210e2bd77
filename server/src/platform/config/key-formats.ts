import { z } from 'zod'
import { Secret } from '../secret.ts'

/** Bytes of ENCRYPTION_KEY: AES-256 takes no other number. */
const KEY_BYTES = 32

/** How to make an ENCRYPTION_KEY, for messages. */
export const KEY_COMMAND = 'make one with: openssl rand -base64 32'
/** How to make a webhook secret, for messages. */
export const SECRET_COMMAND = 'make one with: openssl rand -hex 32'

// No message repeats what was given: it ends in logs.

/** ENCRYPTION_KEY: 32 characters of ASCII, or 32 bytes in hex, base64 or base64url. */
export const encryptionKeyFormat = z.string().transform((text, context) => {
  const key = keyBytesOf(text)
  if (key !== null) return new Secret(key)
  context.addIssue(`must be 32 characters, or 32 bytes in base64 or hex; ${KEY_COMMAND}`)
  return z.NEVER
})

/** The secret that Cal.com signs its webhooks with. */
export const webhookSecretFormat = z
  .string()
  // What Cal.com signs with when it has no secret: with it anybody could forge a booking.
  .refine(
    (text) => text !== 'no-secret-provided',
    `must be a secret of your own, set in Cal.com too; ${SECRET_COMMAND}`,
  )
  .refine((text) => text.length >= 16, `must be at least 16 characters, set in Cal.com too; ${SECRET_COMMAND}`)
  .transform((text) => new Secret(text))

/** METRICS_TOKEN: what a monitoring system sends to read `/metrics`. */
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
  // Decoders skip what they don't know, so a mistyped key would become another key without a word.
  return bytes.length === KEY_BYTES && spellings.includes(unpadded) ? bytes : null
}
