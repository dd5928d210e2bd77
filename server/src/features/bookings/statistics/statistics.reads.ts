import type { Viewer } from '../../../core/access/viewer.ts'
import { type Database, Prisma } from '../../../platform/database/client.ts'
import { bookingConditions } from '../conditions.reads.ts'
import type { BookingFilter } from '../filter.model.ts'
import { isPeriod, type Period, type StatsDimension, type StatsGroup } from './statistics.model.ts'

/** What statistics are asked for. */
export type StatsQuestion = Readonly<{
  filter: BookingFilter
  groupBy: readonly StatsDimension[]
  /** IANA time zone, in which periods begin. */
  timeZone: string
  /** At most so many groups. */
  limit: number
}>

/**
 * Counts the bookings that exist for the viewer, in groups, by one statement. In the order of the dimensions, statuses and
 * sensitivities in the order of their enums.
 */
export function readBookingStats(
  database: Pick<Database, '$queryRaw'>,
  viewer: Viewer,
  { filter, groupBy, timeZone, limit }: StatsQuestion,
): Promise<StatsGroup[]> {
  const period = groupBy.find(isPeriod)
  const grouped = Prisma.join(groupBy.map((dimension) => columns[dimension]))
  return database.$queryRaw<StatsGroup[]>`
    SELECT
      ${told(groupBy, 'status', Prisma.sql`m.status::text`)} AS status,
      ${told(groupBy, 'sensitivity', Prisma.sql`m.sensitivity::text`)} AS sensitivity,
      ${told(groupBy, 'eventType', columns.eventType, Prisma.sql`int`)} AS "eventTypeId",
      ${told(groupBy, 'eventType', latestTitle)} AS "eventTypeTitle",
      ${told(groupBy, 'owner', Prisma.sql`m."userId"::text`)} AS "ownerId",
      ${period === undefined ? Prisma.sql`NULL::timestamptz` : Prisma.sql`m.period AT TIME ZONE ${timeZone}`} AS "periodStart",
      ${period === undefined ? Prisma.sql`NULL` : Prisma.sql`to_char(m.period, 'YYYY-MM-DD')`} AS "periodLabel",
      count(*)::int AS count, sum(m.duration)::float8 AS minutes
    FROM (SELECT b.*, ${periodOf(period, timeZone)} AS period FROM bookings b WHERE ${bookingConditions(viewer, filter)}) m
    GROUP BY ${grouped}
    ORDER BY ${grouped}
    LIMIT ${limit}::int`
}

// By their table: an order by a bare name would be that of the text which is told, and not of the enum.
const columns: Readonly<Record<StatsDimension, Prisma.Sql>> = {
  status: Prisma.sql`m.status`,
  sensitivity: Prisma.sql`m.sensitivity`,
  eventType: Prisma.sql`m."eventTypeId"`,
  owner: Prisma.sql`m."userId"`,
  day: Prisma.sql`m.period`,
  week: Prisma.sql`m.period`,
  month: Prisma.sql`m.period`,
}

/** An event type that was renamed is called what it is called now. */
const latestTitle = Prisma.sql`(array_agg("eventTypeTitle" ORDER BY "startTime" DESC) FILTER (WHERE "eventTypeTitle" IS NOT NULL))[1]`

function told(
  groupBy: readonly StatsDimension[],
  dimension: StatsDimension,
  column: Prisma.Sql,
  type: Prisma.Sql = Prisma.sql`text`,
): Prisma.Sql {
  return groupBy.includes(dimension) ? column : Prisma.sql`NULL::${type}`
}

/** The beginning of a booking's period as the clocks of the zone show it, so that a day in which they change is one day. */
function periodOf(period: Period | undefined, timeZone: string): Prisma.Sql {
  if (period === undefined) return Prisma.sql`NULL::timestamp`
  return Prisma.sql`date_trunc(${period}, b."startTime" AT TIME ZONE ${timeZone})`
}

type Selection = { include?: Prisma.UserInclude; select?: Prisma.UserSelect }

/** The pastor of a group; those of all groups come by one statement. */
export function findOwner<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.user.findUnique({ ...query, where: { id } })
}
