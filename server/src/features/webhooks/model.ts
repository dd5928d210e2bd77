import { z } from 'zod'

/** Where a message is in its life. `filtered`: the document did not want it. `cancelled`: its endpoint was switched off. */
const messageStatuses = ['pending', 'delivered', 'filtered', 'failed', 'cancelled'] as const

export type MessageStatus = (typeof messageStatuses)[number]

/** Why an endpoint is switched off. */
export type DisabledReason = 'requested' | 'failing' | 'gone' | 'owner_inactive'

/** The type of the message that only tries an endpoint out. */
export const pingType = 'ping'

/** The `type` of the message about a change: `booking.created` and the like. */
export function typeOfChange(kind: string): string {
  return `booking.${kind}`
}

/** The kind of change that a message is about; null for a ping. */
export function kindOfMessage(type: string): string | null {
  return type.startsWith('booking.') ? type.slice('booking.'.length) : null
}

/** The `webhook-id` of a message: the same for each try, so that a receiver knows what it has had. */
export function webhookIdOf(messageId: string): string {
  return `msg_${messageId}`
}

/** As many endpoints as one user may have. */
export const maxEndpoints = 20

export const endpointFormat = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(100, 'must have at most 100 characters'),
  url: z.string().trim().max(2_000, 'must have at most 2,000 characters'),
  document: z.string().trim().min(1, 'must not be empty').max(20_000, 'must have at most 20,000 characters'),
})

/** Where an endpoint is, and what is signed with. Sealed as JSON in `webhook_endpoints.sealedTarget`. */
export const targetSchema = z.strictObject({
  url: z.string(),
  secret: z.string(),
  previous: z.strictObject({ secret: z.string(), until: z.iso.datetime() }).nullable(),
})

export type Target = Readonly<z.infer<typeof targetSchema>>

/** What of a URL may be shown. A path or a query is as often a key as not. */
export function shownAddressOf(url: string): string {
  const { origin, pathname, search } = new URL(url)
  return `${origin.slice(0, 298)}${pathname === '/' && search === '' ? '' : '/…'}`
}

/** How an endpoint is doing. */
export type EndpointState = 'working' | 'failing' | 'broken' | 'off'

/** `broken`: its document no longer fits the schema, or its scopes no longer do. That is what to mend first. */
export function stateOf(
  { isActive, failingSince }: Readonly<{ isActive: boolean; failingSince: Date | null }>,
  hasProblems: boolean,
): EndpointState {
  if (!isActive) return 'off'
  if (hasProblems) return 'broken'
  return failingSince === null ? 'working' : 'failing'
}
