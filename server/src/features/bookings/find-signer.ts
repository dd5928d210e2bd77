import type { Secret } from '../../platform/secret.ts'
import { type OpenSettingsDeps, openSettings } from '../settings/open-settings.ts'
import type { ParsedDelivery } from './cal-payload.model.ts'
import { bookingMetadataSchema } from './clear-columns.model.ts'
import { findOrganizer } from './organizers.reads.ts'
import {
  isSignature,
  isSignedWith,
  ownerOfSecretKey,
  webhookSecretKey,
  webhookSecretKeys,
} from './webhook-secret.model.ts'

export type FindSignerDeps = OpenSettingsDeps & Readonly<{ churchSecret: Secret }>

/** Who signed a delivery: the church, or one pastor whose word counts for their own bookings only. */
export type Signer = Readonly<{ signedBy: string | null }>

/**
 * Finds whose secret signed a delivery, or null when nobody's here did. The church's secret vouches for everything. A
 * pastor's own vouches for what names that pastor as its organizer; for what names nobody (a no-show, a test), any
 * pastor's does, and what is made of it is bound to that pastor's bookings.
 */
export async function findSigner(
  deps: FindSignerDeps,
  delivery: Readonly<{ body: Buffer; signature: unknown; parsed: ParsedDelivery }>,
): Promise<Signer | null> {
  const { body, signature, parsed } = delivery
  if (!isSignature(signature)) return null
  if (isSignedWith(deps.churchSecret.reveal(), body, signature)) return { signedBy: null }
  const userIds = await possibleSigners(deps, parsed)
  if (userIds !== null && userIds.length === 0) return null
  const keys = userIds === null ? webhookSecretKeys : { in: userIds.map(webhookSecretKey) }
  // A secret that can't be opened is on record, and signs nothing.
  for await (const { key, secret } of openSettings(deps, keys)) {
    if (isSignedWith(secret.reveal(), body, signature)) return { signedBy: ownerOfSecretKey(key) }
  }
  return null
}

/** The pastors whose secret may have signed this; null for any. */
async function possibleSigners({ database }: FindSignerDeps, parsed: ParsedDelivery): Promise<string[] | null> {
  if (parsed.kind !== 'event') return null
  const { event } = parsed
  if (event.kind !== 'no_show' && event.organizer !== null) {
    const organizer = await findOrganizer(database, event.organizer)
    return organizer === null ? [] : [organizer]
  }
  const { uid, calBookingId } = event
  const key = await database.bookingKey.findFirst({
    where: uid !== null ? { calBookingUid: uid } : { calBookingId: calBookingId ?? 0 },
    select: { booking: { select: { userId: true, metadata: true } } },
  })
  if (!key?.booking) return null
  // A booking that was handed over still takes place in its host's Cal.com, which signs with the host's secret.
  const hostId = bookingMetadataSchema.safeParse(key.booking.metadata ?? {}).data?.hostId ?? null
  return [key.booking.userId, hostId].filter((userId) => userId !== null)
}
