import type { CalOrganizer } from './cal-event.model.ts'

/** What became of a delivery: the closed list that a CHECK on `webhook_deliveries.outcome` holds. */
export type DeliveryOutcome =
  /** Kept, not applied: something failed. It is tried again. */
  | 'received'
  | 'applied'
  /** It told nothing that was not known, or something newer was known. */
  | 'stale'
  | 'unknown_trigger'
  | 'unknown_organizer'
  | 'waiting_for_booking'
  | 'ping'
  | 'unreadable'

/** What is not settled: each of these may find its booking, or its pastor, later. */
export const waitingOutcomes: DeliveryOutcome[] = ['received', 'unknown_organizer', 'waiting_for_booking']

/** How an admin recognizes a pastor who has no account here yet. */
export function organizerText(organizer: CalOrganizer | null): string | null {
  return organizer?.username ?? organizer?.usernameInOrg ?? organizer?.email ?? organizer?.id ?? null
}
