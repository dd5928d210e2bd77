import type { Viewer } from '../../../core/access/viewer.ts'
import { type Database, Prisma, type Statements } from '../../../platform/database/client.ts'
import { whereSql } from '../../../platform/database/where-sql.ts'
import type { BookingFilter } from '../filter.model.ts'
import { bookingsMatching } from '../reads.ts'
import { isPeriod, type Period, type StatsDimension, type StatsGroup } from './statistics.model.ts'

/** A validated statistics query. */
export type StatsQuery = Readonly<{
  filter: BookingFilter
  groupBy: readonly StatsDimension[]
  /** The IANA time zone in which periods begin. */
  timeZone: string
  /** The maximum number of groups. */
  limit: number
}>

/**
 * Counts the bookings that the viewer may see, in groups, with one statement. Sorted by the dimensions; statuses and
 * sensitivities in the order of their enums.
 */
export function readBookingStats(
  { database, statements }: Readonly<{ database: Pick<Database, '$queryRaw'>; statements: Statements }>,
  viewer: Viewer,
  { filter, groupBy, timeZone, limit }: StatsQuery,
): Promise<StatsGroup[]> {
  const period = groupBy.find(isPeriod)
  const where = whereSql(statements, 'Booking', 'b', bookingsMatching(viewer, filter))
  const grouped = Prisma.join(groupBy.map((dimension) => columns[dimension]))
  return database.$queryRaw<StatsGroup[]>`
    SELECT
      ${selectIfGrouped(groupBy, 'status', Prisma.sql`m.status::text`)} AS status,
      ${selectIfGrouped(groupBy, 'sensitivity', Prisma.sql`m.sensitivity::text`)} AS sensitivity,
      ${selectIfGrouped(groupBy, 'eventType', columns.eventType, Prisma.sql`int`)} AS "eventTypeId",
      ${selectIfGrouped(groupBy, 'eventType', latestTitle)} AS "eventTypeTitle",
      ${selectIfGrouped(groupBy, 'owner', Prisma.sql`m."userId"::text`)} AS "ownerId",
      ${period === undefined ? Prisma.sql`NULL::timestamptz` : Prisma.sql`m.period AT TIME ZONE ${timeZone}`} AS "periodStart",
      ${period === undefined ? Prisma.sql`NULL` : Prisma.sql`to_char(m.period, 'YYYY-MM-DD')`} AS "periodLabel",
      count(*)::int AS count, sum(m.duration)::float8 AS minutes
    FROM (SELECT b.*, ${periodOf(period, timeZone)} AS period FROM bookings b WHERE ${where}) m
    GROUP BY ${grouped}
    ORDER BY ${grouped}
    LIMIT ${limit}::int`
}

// Qualified by table: ORDER BY with a bare name would sort by the selected text instead of the enum.
const columns: Readonly<Record<StatsDimension, Prisma.Sql>> = {
  status: Prisma.sql`m.status`,
  sensitivity: Prisma.sql`m.sensitivity`,
  eventType: Prisma.sql`m."eventTypeId"`,
  owner: Prisma.sql`m."userId"`,
  day: Prisma.sql`m.period`,
  week: Prisma.sql`m.period`,
  month: Prisma.sql`m.period`,
}

/** An event type that was renamed gets its latest title. */
const latestTitle = Prisma.sql`(array_agg("eventTypeTitle" ORDER BY "startTime" DESC) FILTER (WHERE "eventTypeTitle" IS NOT NULL))[1]`

function selectIfGrouped(
  groupBy: readonly StatsDimension[],
  dimension: StatsDimension,
  column: Prisma.Sql,
  type: Prisma.Sql = Prisma.sql`text`,
): Prisma.Sql {
  return groupBy.includes(dimension) ? column : Prisma.sql`NULL::${type}`
}

/** The start of a booking's period in local time, so that a day with a clock change is one day. */
function periodOf(period: Period | undefined, timeZone: string): Prisma.Sql {
  if (period === undefined) return Prisma.sql`NULL::timestamp`
  return Prisma.sql`date_trunc(${period}, b."startTime" AT TIME ZONE ${timeZone})`
}

type Selection = { include?: Prisma.UserInclude; select?: Prisma.UserSelect }

/** Finds the pastor of a group. Prisma batches these into one query. */
export function findOwner<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.user.findUnique({ ...query, where: { id } })
}
