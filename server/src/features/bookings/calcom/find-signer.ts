import { type DecryptSettingsDeps, decryptSettings } from '../../settings/decrypt-settings.ts'
import { listOrganizers } from '../write/organizers.reads.ts'
import type { ParsedDelivery } from './cal-payload.model.ts'
import { isSignedWith, ownerOfSecretKey, webhookSecretKey, webhookSecretKeys } from './webhook-secret.model.ts'

/** One pastor, whose word counts for their own bookings only. */
export type Signer = Readonly<{ signedBy: string }>

/** Some ten times what Cal.com sends of that kind. Each pastor's secret is tried on it, which costs as much as it has bytes. */
const longestWithoutNamesBytes = 65_536

export type FindSignerDeps = DecryptSettingsDeps

/** What a signature is looked for over. */
export type Signed = Readonly<{ body: Buffer; signature: string; parsed: ParsedDelivery }>

/**
 * Finds which pastor's own secret signed a delivery, or null when nobody's here did. It vouches for what names that pastor
 * as its organizer; for what names nobody (a no-show, a test), any pastor's does, and what is made of it is bound to that
 * pastor's bookings. Whose booking it is about is not looked at: the answer would tell.
 */
export async function findSigner(deps: FindSignerDeps, { body, signature, parsed }: Signed): Promise<Signer | null> {
  const userIds = await possibleSigners(deps, parsed)
  if (userIds === null ? body.length > longestWithoutNamesBytes : userIds.length === 0) return null
  const keys = userIds === null ? webhookSecretKeys : { in: userIds.map(webhookSecretKey) }
  // A secret that can't be opened is on record, and signs nothing.
  for await (const { key, secret } of decryptSettings(deps, keys)) {
    if (isSignedWith(secret.reveal(), body, signature)) return { signedBy: ownerOfSecretKey(key) }
  }
  return null
}

/** The pastors whose secret may have signed this; null for any. */
async function possibleSigners(
  { database }: DecryptSettingsDeps,
  parsed: ParsedDelivery,
): Promise<readonly string[] | null> {
  if (parsed.kind !== 'event') return null
  const { event } = parsed
  return event.kind === 'no_show' || event.organizer === null ? null : listOrganizers(database, event.organizer)
}
