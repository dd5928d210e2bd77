import type { Viewer } from '../../../core/access/viewer.ts'
import { type Database, Prisma } from '../../../platform/database/client.ts'
import {
  type BookingChangeRow,
  type ChangePosition,
  encodeCursor,
  type FeedScope,
  feedScopeOf,
} from './position.model.ts'

/**
 * Reads at most `limit` changes after a position, ordered by owner and number.
 *
 * Uses one index range per owner. The owners come from `users`, so that the feed need not be scanned for them.
 */
export function readChangesAfter(
  database: Database,
  scope: FeedScope,
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
    WHERE ${ownersOf(scope)}
    ORDER BY c."ownerId", c.number
    LIMIT ${limit}`
}

/**
 * Reads at most `limit` changes after a position that have been announced, ordered by owner and number.
 *
 * @param announced - the last number announced of each owner; owners without one are not read
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

/** The current end of the feed: the highest number of each owner. */
export async function readHeads(database: Database, scope: FeedScope): Promise<ChangePosition> {
  const rows = await database.$queryRaw<{ ownerId: string; number: bigint }[]>`
    SELECT u.id AS "ownerId", c.number
    FROM users u
    CROSS JOIN LATERAL (
      SELECT b.number FROM booking_changes b WHERE b."ownerId" = u.id ORDER BY b.number DESC LIMIT 1
    ) c
    WHERE ${ownersOf(scope)}`
  return new Map(rows.map((row) => [row.ownerId, row.number]))
}

/** The cursor of the current end of the viewer's feed. */
export async function readCursorNow(database: Database, viewer: Viewer): Promise<string> {
  return encodeCursor(await readHeads(database, feedScopeOf(viewer)))
}

/**
 * Whether the feed is complete from a position on. False if rows after the position have been purged, or if the position is
 * beyond the end of the feed, as after a restore.
 */
export async function reachesBack(database: Database, scope: FeedScope, after: ChangePosition): Promise<boolean> {
  const owners = [...after.keys()]
  const numbers = [...after.values()]
  const [row] = await database.$queryRaw<{ isIncomplete: boolean }[]>`
    WITH seen AS (
      SELECT * FROM unnest(${owners}::uuid[], ${numbers}::bigint[]) AS s("ownerId", number)
    )
    SELECT EXISTS (
      SELECT 1
      FROM users u
      LEFT JOIN seen s ON s."ownerId" = u.id
      LEFT JOIN LATERAL (SELECT b.number FROM booking_changes b WHERE b."ownerId" = u.id ORDER BY b.number LIMIT 1) first ON true
      LEFT JOIN LATERAL (SELECT b.number FROM booking_changes b WHERE b."ownerId" = u.id ORDER BY b.number DESC LIMIT 1) last ON true
      WHERE (${ownersOf(scope)})
        AND (COALESCE(s.number, 0) + 1 < first.number OR COALESCE(s.number, 0) > COALESCE(last.number, 0))
    ) AS "isIncomplete"`
  return row?.isIncomplete === false
}

function ownersOf(scope: FeedScope): Prisma.Sql {
  return 'ownerId' in scope ? Prisma.sql`u.id = ${scope.ownerId}::uuid` : Prisma.sql`true`
}
