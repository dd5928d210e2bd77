import { createHmac, timingSafeEqual } from 'node:crypto'
import { originOf } from '../../../core/access/origin.ts'
import type { Bursts } from '../../../core/audit/bursts.ts'
import { type DecryptSettingsDeps, decryptSettings } from '../../settings/decrypt-settings.ts'
import { listOrganizers } from '../write/related-bookings.reads.ts'
import type { ParsedDelivery } from './cal-payload.model.ts'
import { ownerOfSecretKey, webhookSecretKey, webhookSecretKeys } from './webhook-secret.model.ts'

/** A pastor who signed a delivery. The delivery may report only that pastor's bookings. */
export type Signer = Readonly<{ signedBy: string }>

/**
 * About ten times the size of Cal.com's payloads without an organizer. The HMAC of the body is computed for every
 * pastor's secret, so its cost grows with the size.
 */
const maxBytesWithoutOrganizer = 65_536

export type FindSignerDeps = DecryptSettingsDeps

/** A signed request body. */
export type Signed = Readonly<{ body: Buffer; signature: string; parsed: ParsedDelivery }>

/**
 * Finds the pastor whose own secret signed a delivery, or null. If the delivery names an organizer, only that pastor's
 * secret is accepted. If it doesn't (a no-show, a test), any pastor's secret is, and the delivery may change only that
 * pastor's bookings. The owner of an existing booking isn't checked here: the response would reveal it.
 */
export async function findSigner(deps: FindSignerDeps, { body, signature, parsed }: Signed): Promise<Signer | null> {
  const userIds = await possibleSigners(deps, parsed)
  if (userIds === null ? body.length > maxBytesWithoutOrganizer : userIds.length === 0) return null
  const keys = userIds === null ? webhookSecretKeys : { in: userIds.map(webhookSecretKey) }
  // A secret that can't be decrypted is recorded in the audit log, and matches nothing.
  for await (const { key, secret } of decryptSettings(deps, keys)) {
    if (isSignedWith(secret.reveal(), body, signature)) return { signedBy: ownerOfSecretKey(key) }
  }
  return null
}

/** The pastors whose secret may have signed the delivery. Null for any. */
async function possibleSigners(
  { database }: DecryptSettingsDeps,
  parsed: ParsedDelivery,
): Promise<readonly string[] | null> {
  if (parsed.kind !== 'event') return null
  const { event } = parsed
  return event.kind === 'no_show' || event.organizer === null ? null : listOrganizers(database, event.organizer)
}

export type RefuseSignatureDeps = Readonly<{ bursts: Pick<Bursts, 'add'> }>

/** Records in the audit log a delivery with an invalid signature, at most one entry per minute and source. */
export async function refuseSignature(
  { bursts }: RefuseSignatureDeps,
  address: string | null,
  userAgent: string | undefined,
): Promise<void> {
  await bursts.add({
    action: 'webhook.signature_refused',
    resource: 'webhook_delivery',
    resourceId: null,
    userId: null,
    bookingId: null,
    origin: originOf(address, userAgent),
    metadata: {},
  })
}

/**
 * Whether a header is a signature of Cal.com's. Without a secret, `X-Cal-Signature-256` is the literal
 * `no-secret-provided`.
 */
export function isSignature(header: unknown): header is string {
  return typeof header === 'string' && /^[0-9a-f]{64}$/.test(header)
}

/** Whether Cal.com signed these bytes with this secret: HMAC-SHA256 over the raw body, in lower-case hex. */
export function isSignedWith(secret: string, body: Buffer, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest()
  const given = Buffer.from(signature, 'hex')
  // Constant time, so that the response time doesn't reveal how much of a forged signature is correct.
  return given.length === expected.length && timingSafeEqual(given, expected)
}
