import { Prisma } from '../../platform/database/client.ts'

/**
 * What the log says a row of another table must be: the digest of a sealed value or its removal, the owner of a booking,
 * or the identity of a user. Of several claims about one subject the newest holds.
 */
export type Claim = Readonly<{
  /** `<sealed column> <row id>`, `owner <booking id>` or `identity <user id>`. */
  subject: string
  id: string
  /** Milliseconds since 1970: the start of the transaction, by the database's clock. */
  at: number
  /** The order, given by the database behind the lock on the row. Null for entries made before there was one. */
  position: number | null
  isRemoval: boolean
  digest: string | null
  ownerId: string | null
}>

/** The actions whose entries make a claim. The function `record_audit` gives a position to the same ones. */
export const claimActions = [
  'intake.sealed',
  'summary.written',
  'form_response.sealed',
  'vault.resealed',
  'summary.purged',
  'form_response.purged',
  'booking.purged',
  'booking.created',
  'booking.handed_over',
  'booking.owner_recorded',
  'user.identity_recorded',
  'audit.carried_over',
] as const

/** Those that say that a value was removed. */
export const removals: readonly string[] = ['summary.purged', 'form_response.purged', 'booking.purged']

/** The subject of a claim, of a row `l` of the log; null where the entry makes none. */
export const subjectOfRow = Prisma.sql`CASE
  WHEN l.action IN ('booking.created', 'booking.handed_over', 'booking.owner_recorded') THEN 'owner ' || l."bookingId"
  WHEN l.action IN ('intake.sealed', 'booking.purged') THEN 'bookings.encryptedIntakeData ' || l."bookingId"
  WHEN l.action IN ('summary.written', 'summary.purged') THEN 'context_summaries.encryptedSummary ' || l."resourceId"
  WHEN l.action IN ('form_response.sealed', 'form_response.purged') THEN 'form_responses.encryptedData ' || l."resourceId"
  WHEN l.action = 'vault.resealed' THEN (l.metadata ->> 'column') || ' ' || l."resourceId"
  WHEN l.action = 'user.identity_recorded' THEN 'identity ' || l."resourceId"
  WHEN l.action = 'audit.carried_over' THEN l.metadata ->> 'subject'
END`

/** A claim as JSON, of a row `l` of the log. */
export const claimOfRow = Prisma.sql`json_build_object(
  'subject', ${subjectOfRow}, 'id', l.id, 'at', (extract(epoch FROM l."createdAt") * 1000)::bigint,
  'position', (l.metadata ->> 'position')::bigint, 'isRemoval', l.action IN (${Prisma.join([...removals])}),
  'digest', l.metadata ->> 'sealedDigest', 'ownerId', coalesce(l.metadata ->> 'ownerId', l.metadata ->> 'toUserId'))`

/**
 * Entries from before there were positions: which of two is the newer is not certain within this time, because `createdAt`
 * is the start of a transaction, which may have waited for another.
 */
const toleranceMs = 60_000

/** The claims that may be the newest: one where there are positions, else all within the tolerance. */
export function newestOf(claims: readonly Claim[]): Claim[] {
  const placed = claims.filter(({ position }) => position !== null)
  if (placed.length > 0)
    return [placed.reduce((one, other) => (Number(other.position) > Number(one.position) ? other : one))]
  const newest = Math.max(...claims.map(({ at }) => at))
  return claims.filter(({ at }) => at >= newest - toleranceMs)
}
