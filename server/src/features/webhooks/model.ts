import { z } from 'zod'

/** The status of a message. `filtered`: the document excluded it. `cancelled`: its endpoint was disabled. */
const messageStatuses = ['pending', 'delivered', 'filtered', 'failed', 'cancelled'] as const

export type MessageStatus = (typeof messageStatuses)[number]

/** Why an endpoint was disabled. */
export type DisabledReason = 'requested' | 'failing' | 'gone' | 'owner_inactive'

/** The type of a test message. */
export const pingType = 'ping'

/** The `type` of the message about a change, such as `booking.created`. */
export function typeOfChange(kind: string): string {
  return `booking.${kind}`
}

/** The kind of change that a message is about; null for a ping. */
export function kindOfMessage(type: string): string | null {
  return type.startsWith('booking.') ? type.slice('booking.'.length) : null
}

/** The `webhook-id` of a message. It is the same for each attempt, so that receivers can detect duplicates. */
export function webhookIdOf(messageId: string): string {
  return `msg_${messageId}`
}

/** The maximum number of endpoints per user. */
export const maxEndpoints = 20

export const endpointFormat = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(100, 'must have at most 100 characters'),
  url: z.string().trim().max(2_000, 'must have at most 2,000 characters'),
  document: z.string().trim().min(1, 'must not be empty').max(20_000, 'must have at most 20,000 characters'),
})

/** An endpoint's URL and signing secrets. Encrypted as JSON in `webhook_endpoints.sealedTarget`. */
export const targetSchema = z.strictObject({
  url: z.string(),
  secret: z.string(),
  previous: z.strictObject({ secret: z.string(), until: z.iso.datetime() }).nullable(),
})

export type Target = Readonly<z.infer<typeof targetSchema>>

/** The part of a URL that may be displayed. Paths and queries often contain secrets. */
export function shownAddressOf(url: string): string {
  const { origin, pathname, search } = new URL(url)
  return `${origin.slice(0, 298)}${pathname === '/' && search === '' ? '' : '/…'}`
}

/** The health of an endpoint. */
export type EndpointState = 'working' | 'failing' | 'broken' | 'off'

/**
 * `broken` means that the document no longer matches the schema or the endpoint's scopes. It takes precedence over failures,
 * because it must be fixed first.
 */
export function stateOf(
  { isActive, failingSince }: Readonly<{ isActive: boolean; failingSince: Date | null }>,
  hasProblems: boolean,
): EndpointState {
  if (!isActive) return 'off'
  if (hasProblems) return 'broken'
  return failingSince === null ? 'working' : 'failing'
}
