import { createHmac } from 'node:crypto'
import type { Target } from '../model.ts'

const secretPrefix = 'whsec_'

/** Bytes of a signing secret. Standard Webhooks wants 24 to 64. */
export const SECRET_BYTES = 32

/** How long both secrets sign after a new one was made. */
export const overlapMs = 24 * 3_600_000

/** A signing secret as a receiver keeps it: `whsec_` and base64, as Standard Webhooks has it. */
export function secretOf(bytes: Buffer): string {
  return `${secretPrefix}${bytes.toString('base64')}`
}

/**
 * The three headers of Standard Webhooks (https://www.standardwebhooks.com, version 1.0.0): HMAC-SHA256 over id, timestamp
 * and body with dots between, in base64. While a secret is being replaced there are two signatures.
 */
export function signedHeaders(
  target: Target,
  message: Readonly<{ webhookId: string; sentAt: Date; body: string }>,
): Record<string, string> {
  const timestamp = String(Math.floor(message.sentAt.getTime() / 1_000))
  const signed = `${message.webhookId}.${timestamp}.${message.body}`
  const { previous } = target
  const isOverlapping = previous !== null && new Date(previous.until) > message.sentAt
  const secrets = isOverlapping ? [target.secret, previous.secret] : [target.secret]
  return {
    'webhook-id': message.webhookId,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${signatureOf(secret, signed)}`).join(' '),
  }
}

function signatureOf(secret: string, signed: string): string {
  const key = Buffer.from(secret.slice(secretPrefix.length), 'base64')
  return createHmac('sha256', key).update(signed).digest('base64')
}
