import { createHmac, timingSafeEqual } from 'node:crypto'

const keyPrefix = 'calcom.webhookSecret.'

/** The key in `system_settings` of a pastor's own secret. */
export function webhookSecretKey(userId: string): string {
  return `${keyPrefix}${userId}`
}

/** Whose secret a key is of; the other way of `webhookSecretKey`. */
export function ownerOfSecretKey(key: string): string {
  return key.slice(keyPrefix.length)
}

export const webhookSecretKeys = { startsWith: keyPrefix } as const

/** What `X-Cal-Signature-256` holds when Cal.com signed. Without a secret it is the literal `no-secret-provided`. */
export function isSignature(header: unknown): header is string {
  return typeof header === 'string' && /^[0-9a-f]{64}$/.test(header)
}

/** Whether Cal.com signed these bytes with this secret: lower-case hex of HMAC-SHA256 over the raw body. */
export function isSignedWith(secret: string, body: Buffer, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest()
  const given = Buffer.from(signature, 'hex')
  // Constant time: how much of it was right must not show in how long the answer takes.
  return given.length === expected.length && timingSafeEqual(given, expected)
}
