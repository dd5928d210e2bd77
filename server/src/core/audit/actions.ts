import { z } from 'zod'
import { withdrawalKinds } from './withdrawal-kinds.ts'

// All metadata are IDs, digests, numbers or values of a closed list. Free text would put personal data into a log that
// can never be changed.
const id = z.uuid()
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const dataKeyId = z.string().regex(/^[0-9a-f]{16}$/)
const count = z.int().nonnegative()
const code = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)
const role = z.enum(['pastor', 'admin'])
const sensitivity = z.enum(['High', 'Medium', 'Low'])
const bookingStatus = z.enum(['pending', 'confirmed', 'rejected', 'cancelled', 'rescheduled', 'completed', 'no_show'])

const nothing = z.strictObject({})

/** `job`: the system read it for this job. `sealedDigest`: SHA-256 of the encrypted text that was decrypted. */
const read = z.strictObject({ job: code.optional(), sealedDigest: digest.optional() })

const readDenied = z.strictObject({ reason: z.enum(['signed_out', 'not_owner', 'forbidden', 'not_found']) })

/** `sealedDigest`: SHA-256 of the encrypted text, so that replacing it with an older ciphertext is detected. */
const sealed = z.strictObject({ sealedDigest: digest, keyId: dataKeyId.optional() })

/** The subject of a claim: an encrypted column, `owner` or `identity`, and the ID of the row. See claims.ts. */
const subject = z.string().regex(/^[A-Za-z_.]{1,60} [0-9a-f-]{36}$/)

const scopeList = z.array(z.string().regex(/^[a-z-]+(:[a-z-]+)?$/))

const bookingChange = z.strictObject({
  trigger: code.optional(),
  deliveryId: id.optional(),
  sequence: count.optional(),
  /** The owner of a new booking. */
  ownerId: id.optional(),
  status: bookingStatus.optional(),
  sensitivity: sensitivity.optional(),
  rescheduledFrom: id.optional(),
  rescheduledTo: id.optional(),
  changed: z.array(code).optional(),
})

/**
 * Where a text of a booking is sent. `address`: scheme, host and port, without the path. `isMasked`: names are replaced
 * by placeholders.
 */
const aiTerms = {
  provider: z.enum(['openai', 'anthropic', 'local']),
  model: code.optional(),
  address: z.string().regex(/^https?:\/\/[a-z0-9.:[\]_-]{1,300}$/),
  isMasked: z.boolean(),
}

/** Every value of `audit_logs.action`, with its metadata. The list is closed. */
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
  /** `before_baseline`: it was already gone when the log's baseline was recorded. */
  'form_response.purged': z.strictObject({
    reason: z.enum(['expired', 'booking_purged', 'replaced', 'before_baseline']),
  }),
  'booking.created': bookingChange,
  'booking.updated': bookingChange,
  'booking.rescheduled': bookingChange,
  'booking.cancelled': bookingChange,
  'booking.sensitivity_set': z.strictObject({ from: sensitivity, to: sensitivity }),
  'booking.anonymity_set': z.strictObject({ from: z.boolean(), to: z.boolean() }),
  /** `outcome`: the pastor's record of how the meeting went; null removes it. */
  'booking.outcome_recorded': z.strictObject({
    from: bookingStatus,
    outcome: z.enum(['completed', 'no_show']).nullable(),
  }),
  'booking.handed_over': z.strictObject({ fromUserId: id, toUserId: id }),
  /**
   * What was deleted from a booking that remains: its people, its intake, how many form responses. An entry without
   * `people` is from a version that deleted only intake and responses.
   */
  'booking.purged': z.strictObject({
    reason: z.enum(['expired', 'requested']),
    people: z.boolean().optional(),
    intake: z.boolean().optional(),
    responses: count.optional(),
  }),
  'booking.owner_recorded': z.strictObject({ ownerId: id }),
  'form.changed': z.strictObject({ changed: z.array(code) }),
  'form.sensitivity_set': z.strictObject({ from: sensitivity, to: sensitivity }),
  'event_type.renamed': nothing,
  'policy.created': nothing,
  'policy.changed': z.strictObject({ changed: z.array(code) }),
  'policy.deleted': nothing,
  'delivery.purged': z.strictObject({ count, before: z.iso.datetime() }),
  'delivery.unmatched': z.strictObject({ trigger: code, reason: z.enum(['unknown_organizer', 'unknown_trigger']) }),
  'session.signed_in': nothing,
  /** `count`: how many, if one entry stands for several: those of nonexistent accounts. */
  'session.sign_in_failed': z.strictObject({
    reason: z.enum(['unknown_account', 'wrong_password', 'inactive', 'password_outdated']),
    count: count.optional(),
  }),
  'session.signed_out': nothing,
  'session.password_confirmed': nothing,
  'session.password_refused': nothing,
  'session.revoked': z.strictObject({
    reason: z.enum(['requested', 'password_changed', 'role_changed', 'deactivated']),
  }),
  /** The database was restored from an older state: its sessions, tokens and passwords are no longer valid. */
  'access.restored': z.strictObject({
    cause: z.enum(['checkpoint', 'epoch', 'declared', 'command']),
    sessions: count,
    tokens: count,
    passwords: z.enum(['kept', 'reset']),
  }),
  'user.created': z.strictObject({ role, by: z.enum(['command', 'sample', 'admin']) }),
  'user.invited': z.strictObject({ role }),
  'user.changed': z.strictObject({ changed: z.array(code) }),
  /** A keyed digest of the user's name, addresses, role, state and password hash: core/audit/identity.ts. */
  'user.identity_recorded': z.strictObject({ identityMac: digest, keyId: dataKeyId }),
  'user.deactivated': nothing,
  'user.reactivated': nothing,
  'password.changed': z.strictObject({ by: z.enum(['owner', 'reset_link', 'invitation_link', 'command']) }),
  'password.reset_requested': z.strictObject({ count: count.optional() }),
  'password.link_created': z.strictObject({ by: z.enum(['command']) }),
  'token.created': z.strictObject({ scopes: scopeList }),
  /** Confirmed by an admin after a restore. */
  'token.confirmed': nothing,
  'token.revoked': z.strictObject({ reason: z.enum(['requested', 'role_changed', 'deactivated']) }),
  /** An invalid token was used, or a token lacked a scope. One entry a minute and source. */
  'token.refused': z.strictObject({
    reason: z.enum(['unknown', 'expired', 'revoked', 'inactive', 'unconfirmed', 'forbidden']),
    count,
  }),
  'webhook.signature_refused': z.strictObject({ count }),
  /**
   * An admin or an API token received the unredacted people of `count` bookings of one pastor, by one request, event or
   * message. `bookingId`: the booking, if there was one; `endpointId`: the webhook endpoint it was sent to.
   */
  'people.read': z.strictObject({
    via: z.enum(['answer', 'event', 'webhook']),
    bookings: count,
    bookingId: id.optional(),
    endpointId: id.optional(),
  }),
  'endpoint.created': z.strictObject({ scopes: scopeList }),
  'endpoint.changed': z.strictObject({ changed: z.array(code), scopes: scopeList }),
  'endpoint.secret_rotated': nothing,
  'endpoint.enabled': nothing,
  'endpoint.disabled': z.strictObject({ reason: z.enum(['requested', 'failing', 'gone', 'owner_inactive']) }),
  'endpoint.deleted': nothing,
  'endpoint.tested': nothing,
  /** A message was sent again. `bookingId`: the booking the message is about. */
  'endpoint.redelivered': z.strictObject({ messageId: id, bookingId: id.optional() }),
  'ai_configuration.created': z.strictObject({
    provider: z.enum(['openai', 'anthropic', 'local']),
    affected: count.optional(),
  }),
  'ai_configuration.changed': z.strictObject({ changed: z.array(code), affected: count.optional() }),
  'ai_configuration.deleted': z.strictObject({ affected: count.optional() }),
  'ai_configuration.consent_set': z.strictObject({ mayGetHighSensitivity: z.boolean() }),
  /** `termsDigest`: of the address with its path, the template and the model, so that an edited consent is detected. */
  'ai_configuration.consent_given': z.strictObject({
    ...aiTerms,
    includesHighSensitivity: z.boolean(),
    termsDigest: digest.optional(),
  }),
  'ai_configuration.consent_withdrawn': nothing,
  /** A text of a booking is about to be sent to a provider. Written before the request is made. */
  'ai.text_sent': z.strictObject(aiTerms),
  /** `affected`: the number of existing rows affected by a shorter retention. */
  'settings.changed': z.strictObject({ key: code, affected: count.optional() }),
  'vault.unreadable': z.strictObject({ column: code, sealedDigest: digest }),
  /** A value was re-encrypted under another data key; its plaintext is unchanged. */
  'vault.resealed': sealed.extend({ column: code }),
  'key.rotated': z.strictObject({ retiredKeyIds: z.array(dataKeyId) }),
  /** The master key was changed: these data keys are now wrapped by another one. */
  'key.rewrapped': z.strictObject({ keyIds: z.array(dataKeyId) }),
  'key.destroyed': nothing,
  /** A retention receipt: core/audit/seal/receipts.ts. `from` and `until` are the partition's range. */
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
  /** A claim about an existing row from an entry that retention is about to drop. */
  'audit.carried_over': z.strictObject({
    subject,
    sealedDigest: digest.optional(),
    ownerId: id.optional(),
    identityMac: digest.optional(),
    keyId: dataKeyId.optional(),
  }),
  /** From this entry on, the log has a record of each user and of each booking's owner. */
  'audit.baseline_recorded': z.strictObject({ users: count, bookings: count, formResponses: count, values: count }),
  /**
   * The receipt of a restore: core/audit/verify/restore-receipts.ts. `lost`: prefixes of the digests of the lost seals.
   */
  'audit.restored': z.strictObject({
    restoredTo: count,
    restoredDigest: digest,
    lost: z.array(z.string().regex(/^[0-9a-f]{32}$/)).max(1_000),
    keyId: dataKeyId,
    mac: digest,
  }),
  /** A withdrawal from the record outside the database, applied to a database that lacked it. */
  'withdrawal.reapplied': z.strictObject({
    kind: z.enum(withdrawalKinds),
    recordId: id,
  }),
  'audit.exported': z.strictObject({ format: z.enum(['csv', 'jsonl']), rows: count }),
  'job.retried': z.strictObject({ jobType: code }),
  'job.cancelled': z.strictObject({ jobType: code }),
} as const satisfies Record<string, z.ZodObject>

export type AuditAction = keyof typeof auditActions

/** Any entry may name the API token it was made with; the log takes it from the request's origin. */
export const byToken = z.strictObject({ tokenId: id })

/** Any entry may name the affected account, if that isn't the actor's. */
export const ofAnother = z.strictObject({ subjectUserId: id })

/** The metadata of an action besides IDs. */
export type AuditMetadata<A extends AuditAction> = z.input<(typeof auditActions)[A]>

/** The kinds of resources that entries are about. */
export type AuditResource =
  | 'ai_configuration'
  | 'api_token'
  | 'audit_log'
  | 'booking'
  | 'context_summary'
  | 'data_key'
  | 'event_type'
  | 'database'
  | 'form'
  | 'form_response'
  | 'scheduling_policy'
  | 'session'
  | 'system_setting'
  | 'user'
  | 'webhook_delivery'
  | 'webhook_endpoint'
  | 'worker_job'

/** Narrows a string to an action. */
export function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(auditActions, text)
}
