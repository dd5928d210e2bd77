import { bookingTriggers, type CalEvent, meetingTriggers, noShowTrigger } from '../lifecycle/cal-event.model.ts'
import { isMailAddress } from '../lifecycle/contacts.model.ts'
import { containsIdentifier, personalIdentifiersOf } from '../lifecycle/personal-identifiers.model.ts'
import { isGrave } from '../lifecycle/sensitivity.model.ts'

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

/** What became of a delivery. `userId` is the owner of the booking. */
export type Settlement =
  | Readonly<{ outcome: 'applied' | 'stale'; bookingId: string | null; userId: string | null; appliedAt: Date }>
  | Readonly<{ outcome: Exclude<DeliveryOutcome, 'applied' | 'stale'> }>

/** What is written to a delivery's row when its event has been applied, or could not be. */
export function settlementOf(
  {
    outcome,
    bookingId,
    ownerId,
  }: Readonly<{ outcome: DeliveryOutcome; bookingId: string | null; ownerId: string | null }>,
  now: Date,
): Settlement {
  if (outcome !== 'applied' && outcome !== 'stale') return { outcome }
  return { outcome, bookingId, userId: ownerId, appliedAt: now }
}

/** What is not settled: each of these may find its booking, or its pastor, later. */
export const pendingOutcomes: DeliveryOutcome[] = ['received', 'unknown_organizer', 'waiting_for_booking']

/** Every trigger that Cal.com has (calcom/contract.md). Another name could be anybody's words. */
const knownTriggers: ReadonlySet<string> = new Set([
  ...bookingTriggers,
  ...meetingTriggers,
  noShowTrigger,
  'PING',
  'UNREADABLE',
  'RECORDING_READY',
  'RECORDING_TRANSCRIPTION_GENERATED',
  'INSTANT_MEETING',
  'INSTANT_MEETING_ACCEPTED',
  'OOO_CREATED',
  'FORM_SUBMITTED',
  'FORM_SUBMITTED_NO_EVENT',
  'ROUTING_FORM_FALLBACK_HIT',
  'AFTER_HOSTS_CAL_VIDEO_NO_SHOW',
  'AFTER_GUESTS_CAL_VIDEO_NO_SHOW',
  'DELEGATION_CREDENTIAL_ERROR',
  'DELEGATION_CREDENTIAL_SECRET_ROTATED',
  'DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED',
  'DELEGATION_CREDENTIAL_ROTATION_REQUIRED',
  'WRONG_ASSIGNMENT_REPORT',
])

/** A trigger as a plaintext column may hold it: `UNKNOWN` for one that is not Cal.com's. */
export function shownTrigger(trigger: string): string {
  return knownTriggers.has(trigger) ? trigger : 'UNKNOWN'
}

const username = /^[a-z0-9][a-z0-9._-]{0,63}$/i
const number = /^\d{1,19}$/

/**
 * How an admin recognizes a pastor who has no account here yet: a username, a mail address or an id. Null where it has none
 * of these forms, names somebody who comes, or holds words that nobody names themselves with.
 */
export function organizerText(event: CalEvent): string | null {
  if (event.kind === 'no_show' || event.organizer === null) return null
  const { username: name, usernameInOrg, email, id } = event.organizer
  const of = personalIdentifiersOf({
    names: event.attendees.map((person) => person.name),
    addresses: event.attendees.map((person) => person.email),
    numbers: event.attendees.map((person) => person.phoneNumber),
    texts: event.answers.flatMap(({ values }) => values),
  })
  const may = (text: string | null, isFit: (text: string) => boolean) =>
    text !== null && isFit(text) && !containsIdentifier(text, of, { isStrict: false }) && !isGrave(text) ? text : null
  const ofName = may(name, (text) => username.test(text)) ?? may(usernameInOrg, (text) => username.test(text))
  return ofName ?? may(email, isMailAddress) ?? (id !== null && number.test(id) ? id : null)
}
