import type { AuditAction, AuditEntryFragment } from '../../gql/graphql.ts'
import { startOfDay } from '../../lib/time.ts'

/** One entry of the audit log. */
export type AuditEntry = AuditEntryFragment

/** Labels of actions. */
const actionWords: Readonly<Record<AuditAction, string>> = {
  SUMMARY_READ: 'Opened a summary',
  SUMMARY_READ_DENIED: 'Tried to open a summary',
  INTAKE_READ: 'Opened an intake',
  INTAKE_READ_DENIED: 'Tried to open an intake',
  FORM_RESPONSE_READ: 'Opened form answers',
  FORM_RESPONSE_READ_DENIED: 'Tried to open form answers',
  PEOPLE_READ: 'Viewed attendees’ names',
  TOKEN_REFUSED: 'API token refused',
  WEBHOOK_SIGNATURE_REFUSED: 'Delivery with a wrong signature',
  SUMMARY_WRITTEN: 'Wrote a summary',
  SUMMARY_PURGED: 'Deleted a summary',
  INTAKE_SEALED: 'Encrypted an intake',
  FORM_RESPONSE_SEALED: 'Encrypted form answers',
  FORM_RESPONSE_PURGED: 'Deleted form answers',
  BOOKING_CREATED: 'Booking created',
  BOOKING_UPDATED: 'Booking changed',
  BOOKING_RESCHEDULED: 'Booking rescheduled',
  BOOKING_CANCELLED: 'Booking cancelled',
  BOOKING_SENSITIVITY_SET: 'Set the sensitivity',
  BOOKING_ANONYMITY_SET: 'Set the anonymity',
  BOOKING_OUTCOME_RECORDED: 'Recorded the meeting’s outcome',
  BOOKING_HANDED_OVER: 'Handed the booking over',
  BOOKING_PURGED: 'Deleted the answers of an old booking',
  DELIVERY_UNMATCHED: 'Delivery without a matching pastor',
  DELIVERY_PURGED: 'Deleted old deliveries',
  SETTINGS_CHANGED: 'Changed a setting',
  JOB_RETRIED: 'Job retried',
  JOB_CANCELLED: 'Job cancelled',
  POLICY_CREATED: 'Meeting limits created',
  POLICY_CHANGED: 'Meeting limits changed',
  POLICY_DELETED: 'Meeting limits removed',
  EVENT_TYPE_RENAMED: 'Renamed an event type',
  FORM_CHANGED: 'Form changed',
  FORM_SENSITIVITY_SET: 'Set the sensitivity of a form',
  USER_CREATED: 'Account created',
  USER_INVITED: 'Invited',
  USER_CHANGED: 'Account changed',
  USER_DEACTIVATED: 'Account deactivated',
  USER_REACTIVATED: 'Account reactivated',
  PASSWORD_CHANGED: 'Password changed',
  PASSWORD_RESET_REQUESTED: 'Password reset requested',
  TOKEN_CREATED: 'API token created',
  TOKEN_REVOKED: 'API token revoked',
  TOKEN_CONFIRMED: 'API token confirmed after a restore',
  PASSWORD_LINK_CREATED: 'Password link created on the server',
  ACCESS_RESTORED: 'Restored from a backup: all access ended',
  WITHDRAWAL_REAPPLIED: 'Withdrawal applied again after a restore',
  AUDIT_RESTORED: 'Restore confirmed',
  AUDIT_BASELINE_RECORDED: 'First record of all users and owners',
  AUDIT_EXPORTED: 'Downloaded the audit log',
  AUDIT_PARTITION_DROPPED: 'Deleted an old month of the audit log',
  AUDIT_CARRIED_OVER: 'Carried over from a deleted month',
  BOOKING_OWNER_RECORDED: 'Recorded a booking’s owner',
  USER_IDENTITY_RECORDED: 'Recorded a user’s identity',
  ENDPOINT_CREATED: 'Webhook created',
  ENDPOINT_CHANGED: 'Webhook updated',
  ENDPOINT_SECRET_ROTATED: 'Webhook secret rotated',
  ENDPOINT_ENABLED: 'Webhook enabled',
  ENDPOINT_DISABLED: 'Webhook disabled',
  ENDPOINT_DELETED: 'Webhook deleted',
  ENDPOINT_TESTED: 'Webhook tested',
  ENDPOINT_REDELIVERED: 'Webhook message redelivered',
  AI_TEXT_SENT: 'Sent a text to an AI provider',
  AI_CONFIGURATION_CREATED: 'AI configuration created',
  AI_CONFIGURATION_CHANGED: 'AI configuration changed',
  AI_CONFIGURATION_DELETED: 'AI configuration deleted',
  AI_CONFIGURATION_CONSENT_GIVEN: 'Agreed to an AI configuration',
  AI_CONFIGURATION_CONSENT_WITHDRAWN: 'Withdrew consent to an AI configuration',
  AI_CONFIGURATION_CONSENT_SET: 'Set whether high sensitivity is sent to AI',
  VAULT_UNREADABLE: 'Encrypted content couldn’t be decrypted',
  VAULT_RESEALED: 'Re-encrypted with a new key',
  KEY_ROTATED: 'Rotated the data key',
  KEY_REWRAPPED: 'Rotated the master key',
  KEY_DESTROYED: 'Destroyed an old data key',
  SESSION_REVOKED: 'Session ended',
  SESSION_SIGNED_IN: 'Signed in',
  SESSION_SIGN_IN_FAILED: 'Sign-in failed',
  SESSION_SIGNED_OUT: 'Signed out',
  SESSION_PASSWORD_CONFIRMED: 'Password confirmed',
  SESSION_PASSWORD_REFUSED: 'Wrong password when confirming',
}

/** Filterable groups of actions, by the question they answer. */
export const actionGroups = {
  reads: {
    label: 'Opened content',
    actions: ['SUMMARY_READ', 'INTAKE_READ', 'FORM_RESPONSE_READ'],
  },
  people: {
    label: 'Names viewed by admins and tokens',
    actions: ['PEOPLE_READ'],
  },
  denied: {
    label: 'Denied access',
    actions: ['SUMMARY_READ_DENIED', 'INTAKE_READ_DENIED', 'FORM_RESPONSE_READ_DENIED'],
  },
  sessions: {
    label: 'Signing in and out',
    actions: ['SESSION_SIGNED_IN', 'SESSION_SIGN_IN_FAILED', 'SESSION_SIGNED_OUT', 'TOKEN_REFUSED'],
  },
} as const

/** The name of a group. */
export type ActionGroup = keyof typeof actionGroups

/** Every action that decrypted something or tried to, and failures to decrypt. */
export const openingActions: readonly AuditAction[] = [
  ...actionGroups.reads.actions,
  ...actionGroups.denied.actions,
  'VAULT_UNREADABLE',
]

/** The label of an action. What was deleted of a booking is in the metadata; older entries cover only answers. */
export function labelOf(action: AuditEntry['actionType'], metadata?: unknown): string {
  // After an update, while this page is still the old one.
  if (!action || !Object.hasOwn(actionWords, action)) return 'Something that this page doesn’t know yet'
  const label = actionWords[action]
  if (action !== 'BOOKING_PURGED' || !isRecord(metadata) || metadata.people !== true) return label
  const hadAnswers = metadata.intake === true || Number(metadata.responses ?? 0) > 0
  return hadAnswers ? 'Deleted the answers and names of an old booking' : 'Deleted the names of an old booking'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Whether the server refused it. */
export function wasRefused(action: AuditEntry['actionType']): boolean {
  // The label of `TOKEN_REFUSED` already says so.
  return /_(DENIED|FAILED)$/.test(action ?? '')
}

/** Whether an API token acted on behalf of the person. */
export function wasByToken({ metadata }: Pick<AuditEntry, 'metadata'>): boolean {
  return typeof metadata === 'object' && metadata !== null && 'tokenId' in metadata
}

/** Details of an entry: how many bookings showed people, and how often something was refused. */
export function detailsOf({ actionType, metadata }: Pick<AuditEntry, 'actionType' | 'metadata'>): string | null {
  const { bookings, count, via } = numbersIn(metadata)
  if (actionType === 'PEOPLE_READ' && bookings !== null) {
    const subject = bookings === 1 ? 'The names of 1 booking' : `The names of ${bookings} bookings`
    return via === 'webhook' ? `${subject}, sent to a webhook` : subject
  }
  return count === null || count === 1 ? null : `${count} times`
}

function numbersIn(metadata: unknown): { bookings: number | null; count: number | null; via: unknown } {
  const fields = typeof metadata === 'object' && metadata !== null ? metadata : {}
  const numberOf = (name: string) => {
    const value: unknown = Reflect.get(fields, name)
    return typeof value === 'number' ? value : null
  }
  return { bookings: numberOf('bookings'), count: numberOf('count'), via: Reflect.get(fields, 'via') }
}

const providerLabels: Readonly<Record<string, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  local: 'the church’s own server',
}

/** Where a text was or may be sent, and whether names were masked; null if the entry isn't about sending. */
export function destinationOf({ metadata }: Pick<AuditEntry, 'metadata'>): string | null {
  if (typeof metadata !== 'object' || metadata === null || !('address' in metadata)) return null
  const { provider, model, address, isMasked } = metadata as Record<string, unknown> // guaranteed by the server's closed list
  const providerName = providerLabels[String(provider)] ?? String(provider)
  const named = typeof model === 'string' ? `${providerName}, ${model}` : providerName
  return `To ${named}, at ${String(address)}, ${isMasked === true ? 'masked' : 'not masked'}`
}

/** The actor. An entry without one is by the server itself or by somebody not signed in. */
export function actorLabel(entry: Pick<AuditEntry, 'user' | 'ipAddress'>): string {
  return entry.user?.name ?? (entry.ipAddress === null ? 'ChurchHub itself' : 'Not signed in')
}

/** The entries of one day in the viewer's time zone, in their order. */
export type AuditDay = Readonly<{ at: Date; entries: readonly AuditEntry[] }>

/** Groups a chronological list by day. */
export function daysOf(entries: readonly AuditEntry[]): readonly AuditDay[] {
  const byDay = Map.groupBy(entries, (entry) => startOfDay(new Date(entry.createdAt)).getTime())
  return [...byDay].map(([at, ofDay]) => ({ at: new Date(at), entries: ofDay }))
}
