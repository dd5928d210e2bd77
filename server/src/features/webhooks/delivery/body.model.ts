import { pingType } from '../model.ts'

/** The JSON payload, following Standard Webhooks. */
export type WebhookBody = Readonly<{ type: string; timestamp: string; data: unknown }>

/**
 * Builds the payload of a message. `happenedAt` is when the booking changed, so it is the same for each delivery attempt;
 * `data` reflects the time of the attempt.
 */
export function bodyOf(type: string, happenedAt: Date, data: unknown): WebhookBody {
  return { type, timestamp: happenedAt.toISOString(), data }
}

/** The payload of a ping, with the endpoint's global ID. */
export function pingBody(endpointId: string, happenedAt: Date): WebhookBody {
  return bodyOf(pingType, happenedAt, { endpointId: Buffer.from(`WebhookEndpoint:${endpointId}`).toString('base64') })
}
