import { createHmac } from 'node:crypto'
import type { Target } from '../model.ts'

const secretPrefix = 'whsec_'

/** The length of a signing secret in bytes. Standard Webhooks requires 24 to 64. */
export const SECRET_BYTES = 32

/** How long messages are signed with both secrets after a rotation. */
export const overlapMs = 24 * 3_600_000

/** Formats a signing secret as in Standard Webhooks: `whsec_` and base64. */
export function secretOf(bytes: Buffer): string {
  return `${secretPrefix}${bytes.toString('base64')}`
}

/**
 * The three headers of Standard Webhooks (https://www.standardwebhooks.com, version 1.0.0). The signature is the HMAC-SHA256
 * of ID, timestamp and body, joined by dots, in base64. During a rotation there are two signatures.
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
