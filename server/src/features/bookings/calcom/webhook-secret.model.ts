import { createHmac, timingSafeEqual } from 'node:crypto'

const keyPrefix = 'calcom.webhookSecret.'

/** The key of a pastor's own secret in `system_settings`. */
export function webhookSecretKey(userId: string): string {
  return `${keyPrefix}${userId}`
}

/** The owner of a secret's key. The inverse of `webhookSecretKey`. */
export function ownerOfSecretKey(key: string): string {
  return key.slice(keyPrefix.length)
}

export const webhookSecretKeys = { startsWith: keyPrefix } as const

/**
 * Whether a header is a signature of Cal.com's. Without a secret, `X-Cal-Signature-256` is the literal
 * `no-secret-provided`.
 */
export function isSignature(header: unknown): header is string {
  return typeof header === 'string' && /^[0-9a-f]{64}$/.test(header)
}

/** Whether Cal.com signed these bytes with this secret: HMAC-SHA256 over the raw body, in lower-case hex. */
export function isSignedWith(secret: string, body: Buffer, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest()
  const given = Buffer.from(signature, 'hex')
  // Constant time, so that the response time doesn't reveal how much of a forged signature is correct.
  return given.length === expected.length && timingSafeEqual(given, expected)
}
