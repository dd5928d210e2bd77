import { z } from 'zod'

// Every piece of metadata is an id, a digest, a number or a word from a closed list. Free text would carry what a
// person wrote into a log that can never be changed.
const id = z.uuid()
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const dataKeyId = z.string().regex(/^[0-9a-f]{16}$/)
const count = z.int().nonnegative()
const code = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)
const role = z.enum(['pastor', 'admin'])
const sensitivity = z.enum(['High', 'Medium', 'Low'])
const bookingStatus = z.enum(['pending', 'confirmed', 'rejected', 'cancelled', 'rescheduled', 'completed', 'no_show'])

const nothing = z.strictObject({})

/** `job`: the system read it for this job. `sealedDigest`: SHA-256 of the sealed text that was opened. */
const read = z.strictObject({ job: code.optional(), sealedDigest: digest.optional() })

const readDenied = z.strictObject({ reason: z.enum(['signed_out', 'not_owner', 'forbidden', 'not_found']) })

/** `sealedDigest`: SHA-256 of the sealed text, so that an older ciphertext put back in its place is found. */
const sealed = z.strictObject({ sealedDigest: digest, keyId: dataKeyId.optional() })

const scopeList = z.array(z.string().regex(/^[a-z-]+(:[a-z-]+)?$/))

const bookingChange = z.strictObject({
  trigger: code.optional(),
  deliveryId: id.optional(),
  sequence: count.optional(),
  status: bookingStatus.optional(),
  sensitivity: sensitivity.optional(),
  rescheduledFrom: id.optional(),
  rescheduledTo: id.optional(),
  changed: z.array(code).optional(),
})

/** Where a text of a booking goes. `address`: scheme, host and port, without the path. `isMasked`: names are placeholders. */
const aiTerms = {
  provider: z.enum(['openai', 'anthropic', 'local']),
  model: code.optional(),
  address: z.string().regex(/^https?:\/\/[a-z0-9.:[\]_-]{1,300}$/),
  isMasked: z.boolean(),
}

/** Everything that can stand in `audit_logs.action`, each with the metadata it may carry. The list is closed. */
export const auditActions = {
  'summary.read': read,
  'summary.read_denied': readDenied,
  'summary.written': sealed.extend({ method: z.enum(['rule-based', 'ai-generated']), job: code.optional() }),
  'summary.purged': z.strictObject({ reason: z.enum(['expired', 'replaced', 'booking_purged', 'requested']) }),
  'intake.read': read,
  'intake.read_denied': readDenied,
  'intake.sealed': sealed,
  'form_response.read': read,
  'form_response.read_denied': readDenied,
  'form_response.sealed': sealed,
  'form_response.purged': z.strictObject({ reason: z.enum(['expired', 'booking_purged']) }),
  'booking.created': bookingChange,
  'booking.updated': bookingChange,
  'booking.rescheduled': bookingChange,
  'booking.cancelled': bookingChange,
  'booking.sensitivity_set': z.strictObject({ from: sensitivity, to: sensitivity }),
  'booking.anonymity_set': z.strictObject({ from: z.boolean(), to: z.boolean() }),
  /** `outcome`: what the pastor said became of the meeting; null takes it back. */
  'booking.outcome_recorded': z.strictObject({
    from: bookingStatus,
    outcome: z.enum(['completed', 'no_show']).nullable(),
  }),
  'booking.handed_over': z.strictObject({ fromUserId: id, toUserId: id }),
  'booking.purged': z.strictObject({ reason: z.enum(['expired', 'requested']) }),
  'form.changed': z.strictObject({ changed: z.array(code) }),
  'form.sensitivity_set': z.strictObject({ from: sensitivity, to: sensitivity }),
  'policy.created': nothing,
  'policy.changed': z.strictObject({ changed: z.array(code) }),
  'policy.deleted': nothing,
  'delivery.purged': z.strictObject({ count, before: z.iso.datetime() }),
  'delivery.unmatched': z.strictObject({ trigger: code, reason: z.enum(['unknown_organizer', 'unknown_trigger']) }),
  'session.signed_in': nothing,
  'session.sign_in_failed': z.strictObject({ reason: z.enum(['unknown_account', 'wrong_password', 'inactive']) }),
  'session.signed_out': nothing,
  'session.password_confirmed': nothing,
  'session.password_refused': nothing,
  'session.revoked': z.strictObject({
    reason: z.enum(['requested', 'password_changed', 'role_changed', 'deactivated']),
  }),
  'user.created': z.strictObject({ role, by: z.enum(['command', 'sample', 'admin']) }),
  'user.invited': z.strictObject({ role }),
  'user.changed': z.strictObject({ changed: z.array(code) }),
  'user.deactivated': nothing,
  'user.reactivated': nothing,
  'password.changed': z.strictObject({ by: z.enum(['owner', 'reset_link', 'invitation_link', 'command']) }),
  'password.reset_requested': nothing,
  'token.created': z.strictObject({ scopes: scopeList }),
  'token.revoked': z.strictObject({ reason: z.enum(['requested', 'role_changed', 'deactivated']) }),
  'endpoint.created': z.strictObject({ scopes: scopeList }),
  'endpoint.changed': z.strictObject({ changed: z.array(code), scopes: scopeList }),
  'endpoint.secret_rotated': nothing,
  'endpoint.enabled': nothing,
  'endpoint.disabled': z.strictObject({ reason: z.enum(['requested', 'failing', 'gone', 'owner_inactive']) }),
  'endpoint.deleted': nothing,
  'endpoint.tested': nothing,
  /** A message sent once more. `bookingId`: what it was about, which is not what the entry is about. */
  'endpoint.redelivered': z.strictObject({ messageId: id, bookingId: id.optional() }),
  'ai_configuration.created': z.strictObject({ provider: z.enum(['openai', 'anthropic', 'local']) }),
  'ai_configuration.changed': z.strictObject({ changed: z.array(code) }),
  'ai_configuration.deleted': nothing,
  'ai_configuration.consent_set': z.strictObject({ mayGetHighSensitivity: z.boolean() }),
  'ai_configuration.consent_given': z.strictObject({ ...aiTerms, includesHighSensitivity: z.boolean() }),
  'ai_configuration.consent_withdrawn': nothing,
  /** A text of a booking that is about to be sent to a provider. Written before the request is made. */
  'ai.text_sent': z.strictObject(aiTerms),
  'settings.changed': z.strictObject({ key: code }),
  'vault.unreadable': z.strictObject({ column: code, sealedDigest: digest }),
  /** A value sealed anew under another data key, its words the same. */
  'vault.resealed': sealed.extend({ column: code }),
  'key.rotated': z.strictObject({ retiredKeyIds: z.array(dataKeyId) }),
  /** The master key was changed: these data keys are under another one now. */
  'key.rewrapped': z.strictObject({ keyIds: z.array(dataKeyId) }),
  'key.destroyed': nothing,
  /** Retention's receipt: core/audit/receipts.ts. `from` and `until` are the partition's bounds. */
  'audit.partition_dropped': z.strictObject({
    partition: code,
    from: z.iso.datetime(),
    until: z.iso.datetime(),
    rows: count,
    firstSeal: count,
    lastSeal: count,
    lastDigest: digest,
    keyId: dataKeyId,
    mac: digest,
  }),
  'audit.exported': z.strictObject({ format: z.enum(['csv', 'jsonl']), rows: count }),
  'job.retried': z.strictObject({ jobType: code }),
  'job.cancelled': z.strictObject({ jobType: code }),
} as const satisfies Record<string, z.ZodObject>

export type AuditAction = keyof typeof auditActions

/** Any entry may also say by which API token it was done; the log takes it from where the request came from. */
export const byToken = z.strictObject({ tokenId: id })

/** Any entry may also say whose account it touched, where that is not the one who acted. */
export const ofAnother = z.strictObject({ subjectUserId: id })

/** What an entry of this action may carry besides ids. */
export type AuditMetadata<A extends AuditAction> = z.input<(typeof auditActions)[A]>

/** The kinds of things that entries are about. */
export type AuditResource =
  | 'ai_configuration'
  | 'api_token'
  | 'audit_log'
  | 'booking'
  | 'context_summary'
  | 'data_key'
  | 'form'
  | 'form_response'
  | 'scheduling_policy'
  | 'session'
  | 'system_setting'
  | 'user'
  | 'webhook_delivery'
  | 'webhook_endpoint'
  | 'worker_job'

/** Narrows a text that came from outside to an action of the closed list. */
export function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(auditActions, text)
}
