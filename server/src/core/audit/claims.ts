import { Prisma } from '../../platform/database/client.ts'

/**
 * What the log states about a row of another table: the digest of an encrypted value or its removal, the owner of a
 * booking, or the identity of a user. The newest claim about a subject is valid.
 */
export type Claim = Readonly<{
  /** `<encrypted column> <row id>`, `owner <booking id>` or `identity <user id>`. */
  subject: string
  id: string
  /** Milliseconds since 1970: the start of the transaction, by the database's clock. */
  at: number
  /** The sequence number, assigned by the database while the row is locked. Null in entries older than this column. */
  position: number | null
  isRemoval: boolean
  digest: string | null
  ownerId: string | null
}>

/** Actions whose entries make a claim. The SQL function `record_audit` numbers the same ones. */
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

/** Actions that record the removal of a value. */
export const removals: readonly string[] = ['summary.purged', 'form_response.purged', 'booking.purged']

/** The subject of the claim in a row `l` of the log; null if it makes none. */
export const subjectOfRow = Prisma.sql`CASE
  WHEN l.action IN ('booking.created', 'booking.handed_over', 'booking.owner_recorded') THEN 'owner ' || l."bookingId"
  WHEN l.action IN ('intake.sealed', 'booking.purged') THEN 'bookings.encryptedIntakeData ' || l."bookingId"
  WHEN l.action IN ('summary.written', 'summary.purged') THEN 'context_summaries.encryptedSummary ' || l."resourceId"
  WHEN l.action IN ('form_response.sealed', 'form_response.purged') THEN 'form_responses.encryptedData ' || l."resourceId"
  WHEN l.action = 'vault.resealed' THEN (l.metadata ->> 'column') || ' ' || l."resourceId"
  WHEN l.action = 'user.identity_recorded' THEN 'identity ' || l."resourceId"
  WHEN l.action = 'audit.carried_over' THEN l.metadata ->> 'subject'
END`

/** The claim in a row `l` of the log, as JSON. */
export const claimOfRow = Prisma.sql`json_build_object(
  'subject', ${subjectOfRow}, 'id', l.id, 'at', (extract(epoch FROM l."createdAt") * 1000)::bigint,
  'position', (l.metadata ->> 'position')::bigint, 'isRemoval', l.action IN (${Prisma.join([...removals])}),
  'digest', l.metadata ->> 'sealedDigest', 'ownerId', coalesce(l.metadata ->> 'ownerId', l.metadata ->> 'toUserId'))`

/**
 * Entries without positions can't be ordered exactly within this time: `createdAt` is the start of a transaction, which
 * may have waited for another.
 */
const toleranceMs = 60_000

/** The claims that may be the newest: one if there are positions, else all within the tolerance. */
export function newestOf(claims: readonly Claim[]): Claim[] {
  const withPosition = claims.filter(({ position }) => position !== null)
  if (withPosition.length > 0)
    return [withPosition.reduce((one, other) => (Number(other.position) > Number(one.position) ? other : one))]
  const newest = Math.max(...claims.map(({ at }) => at))
  return claims.filter(({ at }) => at >= newest - toleranceMs)
}
