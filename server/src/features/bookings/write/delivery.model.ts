import {
  bookingTriggers,
  type CalEvent,
  guestNoShowTrigger,
  meetingTriggers,
  noShowTrigger,
} from '../lifecycle/cal-event.model.ts'
import { containsIdentifier, isMailAddress, personalIdentifiersOf } from '../lifecycle/personal-identifiers.model.ts'
import { isGrave } from '../lifecycle/sensitivity.model.ts'

/** The outcomes of a delivery. A CHECK on `webhook_deliveries.outcome` has the same values. */
export const deliveryOutcomes = {
  received: 'It is recorded but not applied, because something failed. It is retried.',
  applied: 'It was applied.',
  stale: 'It contained nothing new, or was older than the current state.',
  ignored: "It has one of Cal.com's triggers that change no booking, such as `OOO_CREATED`.",
  unknown_trigger: "It has a trigger that ChurchHub doesn't know.",
  unknown_organizer: 'Its organizer matches no user. It is applied once one does.',
  waiting_for_booking: 'It is about a booking that has not arrived yet. It is applied once that arrives.',
  ping: 'It was a test by Cal.com.',
  unreadable: 'It has no known format.',
} as const

export type DeliveryOutcome = keyof typeof deliveryOutcomes

/** The outcome of a delivery, with its booking. `userId` is the owner of the booking. */
export type Settlement =
  | Readonly<{ outcome: 'applied' | 'stale'; bookingId: string | null; userId: string | null; appliedAt: Date }>
  | Readonly<{ outcome: Exclude<DeliveryOutcome, 'applied' | 'stale'> }>

/** The outcome columns of a delivery whose event was applied, or couldn't be. */
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

/** Outcomes that are retried: the booking or the pastor may be created later. */
export const pendingOutcomes: DeliveryOutcome[] = ['received', 'unknown_organizer', 'waiting_for_booking']

/** Every trigger of Cal.com. An unknown name could be text from a person. */
const knownTriggers: ReadonlySet<string> = new Set([
  ...bookingTriggers,
  ...meetingTriggers,
  noShowTrigger,
  guestNoShowTrigger,
  'PING',
  'UNREADABLE',
  'RECORDING_READY',
  'RECORDING_TRANSCRIPTION_GENERATED',
  'INSTANT_MEETING',
  'OOO_CREATED',
  'FORM_SUBMITTED',
  'FORM_SUBMITTED_NO_EVENT',
  'ROUTING_FORM_FALLBACK_HIT',
  'AFTER_HOSTS_CAL_VIDEO_NO_SHOW',
  'DELEGATION_CREDENTIAL_ERROR',
  'DELEGATION_CREDENTIAL_SECRET_ROTATED',
  'DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED',
  'DELEGATION_CREDENTIAL_ROTATION_REQUIRED',
  'WRONG_ASSIGNMENT_REPORT',
])

/** The outcome of a delivery whose trigger concerns no booking. */
export function outcomeOfOtherTrigger(trigger: string): 'ignored' | 'unknown_trigger' {
  return knownTriggers.has(trigger) ? 'ignored' : 'unknown_trigger'
}

const otherTrigger = 'UNKNOWN'

/** The trigger for a plaintext column: `UNKNOWN` if it isn't one of Cal.com's. */
export function shownTrigger(trigger: string): string {
  return knownTriggers.has(trigger) ? trigger : otherTrigger
}

/** Every value that `shownTrigger` returns. */
export const shownTriggers: readonly string[] = [...knownTriggers, otherTrigger]

const username = /^[a-z0-9][a-z0-9._-]{0,63}$/i
const number = /^\d{1,19}$/

/**
 * The text by which an admin recognizes a pastor without an account: a username, an email address or an ID. Null if it
 * has none of these formats, contains an attendee's personal data, or matches the word list for grave matters.
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
