import type { Viewer } from '../../../core/access/viewer.ts'
import { type Database, Prisma } from '../../../platform/database/client.ts'
import { type BookingChangeRow, type ChangePosition, encodeCursor } from './change-cursor.model.ts'
import { type FeedScope, feedScopeOf } from './feed-scope.model.ts'

/**
 * The changes after a position, each owner's in the order of their numbers, at most `limit`.
 *
 * One index range per owner; the owners come from `users`, so that no scan of the log is needed to know them.
 */
export function readChangesAfter(
  database: Database,
  following: FeedScope,
  after: ChangePosition,
  limit: number,
): Promise<BookingChangeRow[]> {
  const owners = [...after.keys()]
  const numbers = [...after.values()]
  return database.$queryRaw<BookingChangeRow[]>`
    WITH seen AS (
      SELECT * FROM unnest(${owners}::uuid[], ${numbers}::bigint[]) AS s("ownerId", number)
    )
    SELECT c."ownerId", c.number, c."bookingId", c.kind
    FROM users u
    LEFT JOIN seen s ON s."ownerId" = u.id
    CROSS JOIN LATERAL (
      SELECT * FROM booking_changes b
      WHERE b."ownerId" = u.id AND b.number > COALESCE(s.number, 0)
      ORDER BY b.number LIMIT ${limit}
    ) c
    WHERE ${ownersOf(following)}
    ORDER BY c."ownerId", c.number
    LIMIT ${limit}`
}

/**
 * The changes after a position that have been announced, each owner's in the order of their numbers, at most `limit`.
 *
 * @param announced the last number that a notice told of each owner; owners without one are not read
 */
export function readAnnouncedChanges(
  database: Database,
  after: ChangePosition,
  announced: ChangePosition,
  limit: number,
): Promise<BookingChangeRow[]> {
  const owners = [...announced].filter(([owner, number]) => number > (after.get(owner) ?? 0n))
  const ids = owners.map(([owner]) => owner)
  const read = owners.map(([owner]) => after.get(owner) ?? 0n)
  const last = owners.map(([, number]) => number)
  return database.$queryRaw<BookingChangeRow[]>`
    SELECT c."ownerId", c.number, c."bookingId", c.kind
    FROM unnest(${ids}::uuid[], ${read}::bigint[], ${last}::bigint[]) AS a("ownerId", read, last)
    CROSS JOIN LATERAL (
      SELECT * FROM booking_changes b
      WHERE b."ownerId" = a."ownerId" AND b.number > a.read AND b.number <= a.last
      ORDER BY b.number LIMIT ${limit}
    ) c
    ORDER BY c."ownerId", c.number
    LIMIT ${limit}`
}

/** The end of the log now: the greatest number of each owner that has any. */
export async function readHeads(database: Database, following: FeedScope): Promise<ChangePosition> {
  const rows = await database.$queryRaw<{ ownerId: string; number: bigint }[]>`
    SELECT u.id AS "ownerId", c.number
    FROM users u
    CROSS JOIN LATERAL (
      SELECT b.number FROM booking_changes b WHERE b."ownerId" = u.id ORDER BY b.number DESC LIMIT 1
    ) c
    WHERE ${ownersOf(following)}`
  return new Map(rows.map((row) => [row.ownerId, row.number]))
}

/** The cursor of the end of the viewer's change log now. */
export async function readCursorNow(database: Database, viewer: Viewer): Promise<string> {
  return encodeCursor(await readHeads(database, feedScopeOf(viewer)))
}

/**
 * Whether the log still reaches back to a position, and has not been cut behind it.
 *
 * False when rows after the position have been purged, or when the position lies beyond the log's end, as it does
 * after a restore from a backup.
 */
export async function reachesBack(database: Database, following: FeedScope, after: ChangePosition): Promise<boolean> {
  const owners = [...after.keys()]
  const numbers = [...after.values()]
  const [row] = await database.$queryRaw<{ broken: boolean }[]>`
    WITH seen AS (
      SELECT * FROM unnest(${owners}::uuid[], ${numbers}::bigint[]) AS s("ownerId", number)
    )
    SELECT EXISTS (
      SELECT 1
      FROM users u
      LEFT JOIN seen s ON s."ownerId" = u.id
      LEFT JOIN LATERAL (SELECT b.number FROM booking_changes b WHERE b."ownerId" = u.id ORDER BY b.number LIMIT 1) first ON true
      LEFT JOIN LATERAL (SELECT b.number FROM booking_changes b WHERE b."ownerId" = u.id ORDER BY b.number DESC LIMIT 1) last ON true
      WHERE (${ownersOf(following)})
        AND (COALESCE(s.number, 0) + 1 < first.number OR COALESCE(s.number, 0) > COALESCE(last.number, 0))
    ) AS broken`
  return row?.broken === false
}

function ownersOf(following: FeedScope): Prisma.Sql {
  return 'ownerId' in following ? Prisma.sql`u.id = ${following.ownerId}::uuid` : Prisma.sql`true`
}
