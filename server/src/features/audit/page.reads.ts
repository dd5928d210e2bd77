import type { Viewer } from '../../core/access/viewer.ts'
import { type Database, Prisma } from '../../platform/database/client.ts'
import { type AuditLogFilter, hiddenFromActor, hiddenFromOwner } from './filter.model.ts'
import type { Position } from './position.model.ts'
import { afterAndBefore, limitOf, matching, orderOf, type PageRequest, rangeOf } from './range.reads.ts'

type Reader = Pick<Database, '$queryRaw'>

/**
 * The sizes of the windows of the whole log that are scanned, one after the other, for entries about a pastor's bookings,
 * before each booking is queried separately.
 */
const windows = [2_000, 5_000]

/** From this page size on, querying each booking is cheaper than scanning rows that are mostly about others. */
const longPage = 1_000

/**
 * Lists the positions of a page of the entries that a viewer may see, newest first (oldest first for a page from the end).
 * The cost depends neither on the length of the log nor on the depth of the page.
 *
 * A pastor's page merges four sources: their own actions, changes to their account, changes to their sessions, tokens and
 * endpoints, and actions on their bookings. The first three are index ranges. The last has no index, because the log doesn't
 * record a booking's owner. It first scans the rows next to the cursor, which is enough for a pastor with regular activity;
 * otherwise it queries each booking for its next rows, one index range each.
 */
export async function listAuditPositions(
  database: Reader,
  viewer: Viewer,
  filter: AuditLogFilter,
  page: PageRequest,
): Promise<Position[]> {
  if (page.limit <= 0 || filter.action?.length === 0) return []
  if (viewer.role === 'admin') return run(database, page, rangeOf(filter, page))
  if (filter.bookingId && (await ownsBooking(database, viewer, filter.bookingId))) {
    return run(database, page, rangeOf(filter, page, Prisma.sql`AND (${doneBy(viewer)} OR ${doneByOthers(viewer)})`))
  }
  let positions = await listAboutViewer(database, viewer, filter, page)
  if (filter.bookingId || filter.userId === viewer.userId) return positions
  let remaining = page
  for (const rows of page.limit < longPage ? windows : []) {
    const window = await scanWindow(database, viewer, filter, remaining, rows)
    positions = merge(page, positions, window.found)
    const edge = positions[page.limit - 1]
    // The window is complete up to its last row: if the page ends within it, no more rows are needed.
    if (window.end === null || (edge !== undefined && comesBefore(page, edge, window.end))) return positions
    remaining = { ...page, [page.isFromEnd ? 'before' : 'after']: window.end }
  }
  return merge(page, positions, await queryEachBooking(database, viewer, filter, remaining))
}

/** Counts the entries that a viewer may see. */
export async function countAuditLogs(database: Reader, viewer: Viewer, filter: AuditLogFilter): Promise<number> {
  const count = (sql: Prisma.Sql) => database.$queryRaw<{ count: bigint }[]>`SELECT count(*) AS count FROM ${sql}`
  if (viewer.role === 'admin') return total(await count(Prisma.sql`audit_logs WHERE true ${matching(filter)}`))
  const counts = await Promise.all([
    count(Prisma.sql`audit_logs WHERE ${doneBy(viewer)} ${matching(filter)}`),
    count(Prisma.sql`(SELECT id AS "ownBookingId" FROM bookings WHERE "userId" = ${viewer.userId}::uuid) b
      JOIN audit_logs ON "bookingId" = "ownBookingId"
      WHERE ${doneByOthers(viewer)} ${matching(filter)}`),
    count(Prisma.sql`audit_logs WHERE ${doneToAccount(viewer)} ${matching(filter)}`),
    count(Prisma.sql`audit_logs WHERE ${doneToCredentials(viewer)} ${matching(filter)}`),
  ])
  return counts.reduce((sum, rows) => sum + total(rows), 0)
}

/** The viewer's own actions, and what others did to their account, sessions, tokens and endpoints. */
async function listAboutViewer(
  database: Reader,
  viewer: Viewer,
  filter: AuditLogFilter,
  page: PageRequest,
): Promise<Position[]> {
  const { userId } = viewer
  const ranges: Prisma.Sql[] = []
  if (!filter.userId || filter.userId === userId) {
    ranges.push(rangeOf({ ...filter, userId }, page, Prisma.sql`AND ${doneBy(viewer)}`))
  }
  if (!filter.bookingId && filter.userId !== userId) {
    ranges.push(shortRange(filter, page, doneToAccount(viewer)), shortRange(filter, page, doneToCredentials(viewer)))
  }
  if (ranges.length === 0) return []
  const all = Prisma.join(
    ranges.map((range) => Prisma.sql`(SELECT id, "createdAt" FROM (${range}) AS range)`),
    ' UNION ALL ',
  )
  return run(database, page, Prisma.sql`${all} ORDER BY ${orderOf(page)} LIMIT ${limitOf(page)}`)
}

/** A range for an account, which has few enough entries to filter by action while scanning. */
function shortRange(filter: AuditLogFilter, page: PageRequest, condition: Prisma.Sql): Prisma.Sql {
  const actions = filter.action ? Prisma.sql`AND action = ANY(${[...filter.action]}::text[])` : Prisma.empty
  return rangeOf({ ...filter, action: null }, page, Prisma.sql`AND ${condition} ${actions}`)
}

type Window = Readonly<{ found: Position[]; end: Position | null }>

/** `end` is the last row scanned; null if the log has no more rows. */
async function scanWindow(
  database: Reader,
  viewer: Viewer,
  filter: AuditLogFilter,
  page: PageRequest,
  rows: number,
): Promise<Window> {
  const isShownColumn = Prisma.sql`, ${doneByOthers(viewer)} AS "isShown"`
  const [window] = await database.$queryRaw<{ found: string; end: string | null }[]>`
    WITH seen AS MATERIALIZED (${rangeOf(filter, { ...page, limit: rows }, Prisma.empty, isShownColumn)}),
    -- Looks up each booking once, by its key and so in a single partition. MATERIALIZED and OFFSET 0 keep the planner from
    -- doing so per row, or from starting with all of the pastor's bookings.
    own AS MATERIALIZED (
      SELECT touched."bookingId"
      FROM (SELECT DISTINCT "bookingId" FROM seen WHERE "isShown" AND "bookingId" IS NOT NULL) touched
      CROSS JOIN LATERAL (
        SELECT b."userId" FROM booking_keys k
        CROSS JOIN LATERAL (
          SELECT "userId" FROM bookings WHERE id = k.id AND "startTime" = k."startTime" OFFSET 0
        ) b
        WHERE k.id = touched."bookingId" OFFSET 0
      ) booking
      WHERE booking."userId" = ${viewer.userId}::uuid
    ),
    mine AS (
      SELECT seen.id, seen."createdAt" FROM seen JOIN own USING ("bookingId") WHERE seen."isShown"
      ORDER BY ${orderOf(page)} LIMIT ${limitOf(page)}
    )
    SELECT (SELECT coalesce(json_agg(json_build_array(id, ${milliseconds})), '[]')::text FROM mine) AS found,
      (SELECT json_build_array(id, ${milliseconds})::text FROM seen
        ORDER BY ${orderOf(page)} OFFSET ${Prisma.raw(String(rows - 1))} LIMIT 1) AS end`
  if (window === undefined) return { found: [], end: null }
  const found: [string, number][] = JSON.parse(window.found)
  const end: [string, number] | null = window.end === null ? null : JSON.parse(window.end)
  return { found: found.map(positionIn), end: end === null ? null : positionIn(end) }
}

async function queryEachBooking(
  database: Reader,
  viewer: Viewer,
  filter: AuditLogFilter,
  page: PageRequest,
): Promise<Position[]> {
  return run(
    database,
    page,
    Prisma.sql`
      SELECT ranges.id, ranges."createdAt" FROM bookings b
      CROSS JOIN LATERAL (
        SELECT id, "createdAt" FROM audit_logs
        WHERE "bookingId" = b.id ${matching(filter)} ${afterAndBefore(page)} AND ${doneByOthers(viewer)}
        ORDER BY ${orderOf(page)} LIMIT ${limitOf(page)}
      ) ranges
      WHERE b."userId" = ${viewer.userId}::uuid
      ORDER BY ${orderOf(page)} LIMIT ${limitOf(page)}`,
  )
}

async function ownsBooking(database: Reader, viewer: Viewer, bookingId: string): Promise<boolean> {
  const rows = await database.$queryRaw<unknown[]>`
    SELECT 1 FROM booking_keys k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    WHERE k.id = ${bookingId}::uuid AND b."userId" = ${viewer.userId}::uuid`
  return rows.length > 0
}

const milliseconds = Prisma.sql`(extract(epoch FROM "createdAt") * 1000)::bigint`

function positionIn([id, time]: [string, number]): Position {
  return { id, createdAt: new Date(time) }
}

async function run(database: Reader, { limit }: PageRequest, rows: Prisma.Sql): Promise<Position[]> {
  const positions = await database.$queryRaw<Position[]>`SELECT id, "createdAt" FROM (${rows}) AS page`
  return positions.slice(0, limit)
}

/** The viewer's own actions, without those hidden from the actor. */
function doneBy({ userId }: Viewer): Prisma.Sql {
  return Prisma.sql`("userId" = ${userId}::uuid AND action <> ALL(${[...hiddenFromActor]}::text[]))`
}

/** Actions of others, or the system, on the viewer's bookings, without those hidden from the owner. */
function doneByOthers({ userId }: Viewer): Prisma.Sql {
  return Prisma.sql`("userId" IS DISTINCT FROM ${userId}::uuid AND action <> ALL(${[...hiddenFromOwner]}::text[]))`
}

/** Actions of others, or the system, on the viewer's account. */
function doneToAccount({ userId }: Viewer): Prisma.Sql {
  return Prisma.sql`(resource = 'user' AND "resourceId" = ${userId} AND "bookingId" IS NULL
    AND "userId" IS DISTINCT FROM ${userId}::uuid)`
}

/** Actions of others, or the system, on the viewer's sessions, tokens and endpoints. */
function doneToCredentials({ userId }: Viewer): Prisma.Sql {
  return Prisma.sql`(metadata ->> 'subjectUserId' = ${userId} AND "bookingId" IS NULL
    AND "userId" IS DISTINCT FROM ${userId}::uuid)`
}

/** Merges two lists in the page's order, without duplicates. */
function merge(page: PageRequest, left: readonly Position[], right: readonly Position[]): Position[] {
  const byId = new Map([...left, ...right].map((position) => [position.id, position]))
  return [...byId.values()].sort((one, other) => (comesBefore(page, one, other) ? -1 : 1)).slice(0, page.limit)
}

/** Whether a row comes before another on the page, or is the same row. */
function comesBefore({ isFromEnd }: PageRequest, one: Position, other: Position): boolean {
  const ahead =
    one.createdAt.getTime() - other.createdAt.getTime() || (one.id < other.id ? -1 : Number(one.id > other.id))
  return isFromEnd ? ahead <= 0 : ahead >= 0
}

function total(rows: readonly { count: bigint }[]): number {
  return Number(rows[0]?.count ?? 0)
}
