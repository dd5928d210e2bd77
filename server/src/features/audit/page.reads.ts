import type { Viewer } from '../../core/access/viewer.ts'
import { type Database, Prisma } from '../../platform/database/client.ts'
import { type AuditLogFilter, hiddenFromActor, hiddenFromOwner } from './filter.model.ts'
import type { Position } from './position.model.ts'
import { between, limitOf, matching, orderOf, type PageRequest, rangeOf } from './range.reads.ts'

type Reader = Pick<Database, '$queryRaw'>

/** How many rows of the whole log are looked at for the next ones about a pastor's bookings, before each booking is. */
const windowRows = 2_000

/**
 * The places of the entries on a page of what a viewer may see, newest first (oldest first for a page from the end).
 * What a page costs depends neither on how long the log is nor on how far down the page is.
 *
 * A pastor sees two things at once: what they did, and what was done with their bookings. The first is one range of an
 * index. For the second there is none, because the log doesn't hold whose a booking is. So the rows next to the cursor
 * are looked through first, `windowRows` of them, which is enough for anybody about whom something happens now and then;
 * for all others each of their bookings is asked for its first rows, by a range each.
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
  const own = await listOwnActions(database, viewer, filter, page)
  if (filter.bookingId || filter.userId === viewer.userId) return own
  const window = await lookThroughWindow(database, viewer, filter, page)
  const seen = merge(page, own, window.found)
  const edge = seen[page.limit - 1]
  // Beyond the window's last row there may be more; before it there is none that was not found.
  if (window.end === null || (edge !== undefined && comesBefore(page, edge, window.end))) return seen
  return merge(page, own, await askEachBooking(database, viewer, filter, page))
}

/** How many entries a viewer may see. */
export async function countAuditLogs(database: Reader, viewer: Viewer, filter: AuditLogFilter): Promise<number> {
  const count = (sql: Prisma.Sql) => database.$queryRaw<{ count: bigint }[]>`SELECT count(*) AS count FROM ${sql}`
  if (viewer.role === 'admin') return total(await count(Prisma.sql`audit_logs WHERE true ${matching(filter)}`))
  const counts = await Promise.all([
    count(Prisma.sql`audit_logs WHERE ${doneBy(viewer)} ${matching(filter)}`),
    count(Prisma.sql`(SELECT id AS "ownBookingId" FROM bookings WHERE "userId" = ${viewer.userId}::uuid) b
      JOIN audit_logs ON "bookingId" = "ownBookingId"
      WHERE ${doneByOthers(viewer)} ${matching(filter)}`),
  ])
  return counts.reduce((sum, rows) => sum + total(rows), 0)
}

async function listOwnActions(
  database: Reader,
  viewer: Viewer,
  filter: AuditLogFilter,
  page: PageRequest,
): Promise<Position[]> {
  if (filter.userId && filter.userId !== viewer.userId) return []
  return run(database, page, rangeOf({ ...filter, userId: viewer.userId }, page, Prisma.sql`AND ${doneBy(viewer)}`))
}

type Window = Readonly<{ found: Position[]; end: Position | null }>

/** `end`: the last row that was looked at; null where there were no more. */
async function lookThroughWindow(
  database: Reader,
  viewer: Viewer,
  filter: AuditLogFilter,
  page: PageRequest,
): Promise<Window> {
  const shown = Prisma.sql`, ${doneByOthers(viewer)} AS "isShown"`
  const [window] = await database.$queryRaw<{ found: string; end: string | null }[]>`
    WITH seen AS MATERIALIZED (${rangeOf(filter, { ...page, limit: windowRows }, Prisma.empty, shown)}),
    -- By the booking's key, so that each is looked for in one partition. OFFSET keeps the planner from beginning with all
    -- bookings of the pastor.
    mine AS (
      SELECT seen.id, seen."createdAt" FROM seen
      CROSS JOIN LATERAL (
        SELECT b."userId" FROM booking_keys k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
        WHERE k.id = seen."bookingId" OFFSET 0
      ) booking
      WHERE booking."userId" = ${viewer.userId}::uuid AND seen."isShown"
      ORDER BY ${orderOf(page)} LIMIT ${limitOf(page)}
    )
    SELECT (SELECT coalesce(json_agg(json_build_array(id, ${milliseconds})), '[]')::text FROM mine) AS found,
      (SELECT json_build_array(id, ${milliseconds})::text FROM seen
        ORDER BY ${orderOf(page)} OFFSET ${Prisma.raw(String(windowRows - 1))} LIMIT 1) AS end`
  if (window === undefined) return { found: [], end: null }
  const found: [string, number][] = JSON.parse(window.found)
  const end: [string, number] | null = window.end === null ? null : JSON.parse(window.end)
  return { found: found.map(positionIn), end: end === null ? null : positionIn(end) }
}

async function askEachBooking(
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
        WHERE "bookingId" = b.id ${matching(filter)} ${between(page)} AND ${doneByOthers(viewer)}
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

/** What a viewer did, and may see as that. */
function doneBy({ userId }: Viewer): Prisma.Sql {
  return Prisma.sql`("userId" = ${userId}::uuid AND action <> ALL(${[...hiddenFromActor]}::text[]))`
}

/** What others, or the system, did with what is the viewer's, and the viewer may see as that. */
function doneByOthers({ userId }: Viewer): Prisma.Sql {
  return Prisma.sql`("userId" IS DISTINCT FROM ${userId}::uuid AND action <> ALL(${[...hiddenFromOwner]}::text[]))`
}

/** Two lists in the page's order as one, each row once. */
function merge(page: PageRequest, left: readonly Position[], right: readonly Position[]): Position[] {
  const byId = new Map([...left, ...right].map((position) => [position.id, position]))
  return [...byId.values()].sort((one, other) => (comesBefore(page, one, other) ? -1 : 1)).slice(0, page.limit)
}

/** Whether a row comes before another on the page, or is that one. */
function comesBefore({ isFromEnd }: PageRequest, one: Position, other: Position): boolean {
  const ahead =
    one.createdAt.getTime() - other.createdAt.getTime() || (one.id < other.id ? -1 : Number(one.id > other.id))
  return isFromEnd ? ahead <= 0 : ahead >= 0
}

function total(rows: readonly { count: bigint }[]): number {
  return Number(rows[0]?.count ?? 0)
}
