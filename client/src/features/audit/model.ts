import type { AuditEntryFragment } from '../../gql/graphql.ts'
import { startOfDay } from '../../lib/time.ts'

/** One entry of the audit log. */
export type AuditEntry = AuditEntryFragment

/** Labels of actions. The server's list may grow: an action without a label is shown by its name. */
const actionWords: Readonly<Record<string, string>> = {
  'summary.read': 'Opened a summary',
  'summary.read_denied': 'Tried to open a summary',
  'intake.read': 'Opened an intake',
  'intake.read_denied': 'Tried to open an intake',
  'form_response.read': 'Opened form answers',
  'form_response.read_denied': 'Tried to open form answers',
  'people.read': 'Viewed attendees’ names',
  'token.refused': 'API token refused',
  'webhook.signature_refused': 'Delivery with a wrong signature',
  'summary.written': 'Wrote a summary',
  'summary.purged': 'Deleted a summary',
  'intake.sealed': 'Encrypted an intake',
  'form_response.sealed': 'Encrypted form answers',
  'form_response.purged': 'Deleted form answers',
  'booking.created': 'Booking created',
  'booking.updated': 'Booking changed',
  'booking.rescheduled': 'Booking rescheduled',
  'booking.cancelled': 'Booking cancelled',
  'booking.sensitivity_set': 'Set the sensitivity',
  'booking.anonymity_set': 'Set the anonymity',
  'booking.outcome_recorded': 'Recorded the meeting’s outcome',
  'booking.handed_over': 'Handed the booking over',
  'booking.purged': 'Deleted the answers of an old booking',
  'delivery.unmatched': 'Delivery without a matching pastor',
  'delivery.purged': 'Deleted old deliveries',
  'settings.changed': 'Changed a setting',
  'job.retried': 'Job retried',
  'job.cancelled': 'Job cancelled',
  'policy.created': 'Meeting limits created',
  'policy.changed': 'Meeting limits changed',
  'policy.deleted': 'Meeting limits removed',
  'event_type.renamed': 'Renamed an event type',
  'form.changed': 'Form changed',
  'form.sensitivity_set': 'Set the sensitivity of a form',
  'user.created': 'Account created',
  'user.invited': 'Invited',
  'user.changed': 'Account changed',
  'user.deactivated': 'Account deactivated',
  'user.reactivated': 'Account reactivated',
  'password.changed': 'Password changed',
  'password.reset_requested': 'Password reset requested',
  'token.created': 'API token created',
  'token.revoked': 'API token revoked',
  'token.confirmed': 'API token confirmed after a restore',
  'password.link_created': 'Password link created on the server',
  'access.restored': 'Restored from a backup: all access ended',
  'withdrawal.reapplied': 'Withdrawal applied again after a restore',
  'audit.restored': 'Restore confirmed',
  'audit.baseline_recorded': 'First record of all users and owners',
  'audit.exported': 'Downloaded the audit log',
  'audit.partition_dropped': 'Deleted an old month of the audit log',
  'audit.carried_over': 'Carried over from a deleted month',
  'booking.owner_recorded': 'Recorded a booking’s owner',
  'user.identity_recorded': 'Recorded a user’s identity',
  'endpoint.created': 'Webhook created',
  'endpoint.changed': 'Webhook updated',
  'endpoint.secret_rotated': 'Webhook secret rotated',
  'endpoint.enabled': 'Webhook enabled',
  'endpoint.disabled': 'Webhook disabled',
  'endpoint.deleted': 'Webhook deleted',
  'endpoint.tested': 'Webhook tested',
  'endpoint.redelivered': 'Webhook message redelivered',
  'ai.text_sent': 'Sent a text to an AI provider',
  'ai_configuration.created': 'AI configuration created',
  'ai_configuration.changed': 'AI configuration changed',
  'ai_configuration.deleted': 'AI configuration deleted',
  'ai_configuration.consent_given': 'Agreed to an AI configuration',
  'ai_configuration.consent_withdrawn': 'Withdrew consent to an AI configuration',
  'ai_configuration.consent_set': 'Set whether high sensitivity is sent to AI',
  'vault.unreadable': 'Encrypted content couldn’t be decrypted',
  'vault.resealed': 'Re-encrypted with a new key',
  'key.rotated': 'Rotated the data key',
  'key.rewrapped': 'Rotated the master key',
  'key.destroyed': 'Destroyed an old data key',
  'session.revoked': 'Session ended',
  'session.signed_in': 'Signed in',
  'session.sign_in_failed': 'Sign-in failed',
  'session.signed_out': 'Signed out',
  'session.password_confirmed': 'Password confirmed',
  'session.password_refused': 'Wrong password when confirming',
}

/** Filterable groups of actions, by the question they answer. */
export const actionGroups = {
  reads: {
    label: 'Opened content',
    actions: ['summary.read', 'intake.read', 'form_response.read'],
  },
  people: {
    label: 'Names viewed by admins and tokens',
    actions: ['people.read'],
  },
  denied: {
    label: 'Denied access',
    actions: ['summary.read_denied', 'intake.read_denied', 'form_response.read_denied'],
  },
  sessions: {
    label: 'Signing in and out',
    actions: ['session.signed_in', 'session.sign_in_failed', 'session.signed_out', 'token.refused'],
  },
} as const

/** The name of a group. */
export type ActionGroup = keyof typeof actionGroups

/** Every action that decrypted something or tried to, and failures to decrypt. */
export const openingActions: readonly string[] = [
  ...actionGroups.reads.actions,
  ...actionGroups.denied.actions,
  'vault.unreadable',
]

/** The label of an action. What was deleted of a booking is in the metadata; older entries cover only answers. */
export function labelOf(action: string, metadata?: unknown): string {
  const label = actionWords[action] ?? action
  if (action !== 'booking.purged' || !isRecord(metadata) || metadata.people !== true) return label
  const hadAnswers = metadata.intake === true || Number(metadata.responses ?? 0) > 0
  return hadAnswers ? 'Deleted the answers and names of an old booking' : 'Deleted the names of an old booking'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Whether the server refused it. */
export function wasRefused(action: string): boolean {
  // The label of `token.refused` already says so.
  return action.endsWith('_denied') || action.endsWith('_failed')
}

/** Whether an API token acted on behalf of the person. */
export function wasByToken({ metadata }: Pick<AuditEntry, 'metadata'>): boolean {
  return typeof metadata === 'object' && metadata !== null && 'tokenId' in metadata
}

/** Details of an entry: how many bookings showed people, and how often something was refused. */
export function detailsOf({ action, metadata }: Pick<AuditEntry, 'action' | 'metadata'>): string | null {
  const { bookings, count, via } = numbersIn(metadata)
  if (action === 'people.read' && bookings !== null) {
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
