import { pingType } from '../model.ts'

/** What goes out: JSON as Standard Webhooks proposes it. */
export type WebhookBody = Readonly<{ type: string; timestamp: string; data: unknown }>

/** The body of a message. `happenedAt` is when the booking changed: the same for each try, unlike what `data` says of it. */
export function bodyOf(type: string, happenedAt: Date, data: unknown): WebhookBody {
  return { type, timestamp: happenedAt.toISOString(), data }
}

/** What a ping says: which endpoint it is for, by its global id. */
export function pingBody(endpointId: string, happenedAt: Date): WebhookBody {
  return bodyOf(pingType, happenedAt, { endpointId: Buffer.from(`WebhookEndpoint:${endpointId}`).toString('base64') })
}
