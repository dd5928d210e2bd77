import { minGroupSize } from '../../../core/access/counting.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { readSetting } from '../../settings/reads.ts'
import { type MonthCell, publishableFigures, roundedTotal } from './figures.model.ts'

type CountedMonth = Readonly<{ month: string; isOver: boolean; cells: readonly MonthCell[] }>

/** Days after the end of a month until its figures are final: some outcomes and Cal.com events arrive late. */
const finalAfterDays = 3
const monthsAhead = 24

/**
 * Publishes the figures for count-only viewers once a UTC day, for all nodes. A past month is published once and never
 * changes: two versions would reveal the bookings in which they differ. For the current and future months only the total is
 * published, rounded down. Months are those of the setting `church.timeZone` at the time.
 *
 * Does nothing if today's figures exist. An advisory lock makes concurrent callers wait for them.
 */
export async function publishFigures({
  database,
  clock,
}: Readonly<{ database: Database; clock: Clock }>): Promise<void> {
  const now = clock.now()
  const today = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()))
  if (await isPublished(database, today)) return
  await runTransaction(database, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('month_figures', 0))::text`
    if (await isPublished(tx, today)) return
    const { value: timeZone } = await readSetting(tx, 'church.timeZone')
    for (const { month, isOver, cells } of await countMonths(tx, { now, timeZone })) {
      const figures = isOver
        ? publishableFigures(cells, minGroupSize)
        : { total: roundedTotal(sum(cells), minGroupSize), groups: [] }
      await tx.$executeRaw`
        INSERT INTO month_figures (month, "timeZone", "isFinal", total, "computedAt")
        VALUES (${month}::date, ${timeZone}, ${isOver}, ${figures.total}::int, ${now}::timestamptz)
        ON CONFLICT (month) DO UPDATE
        SET "timeZone" = EXCLUDED."timeZone", "isFinal" = EXCLUDED."isFinal", total = EXCLUDED.total, "computedAt" = EXCLUDED."computedAt"`
      const titles = figures.groups.length === 0 ? new Map() : await readTitles(tx, { month, timeZone })
      await tx.$executeRaw`
        INSERT INTO month_figure_groups (month, dimension, key, title, count)
        SELECT ${month}::date, * FROM unnest(
          ${figures.groups.map(({ dimension }) => dimension)}::text[], ${figures.groups.map(({ key }) => key)}::text[],
          ${figures.groups.map(({ dimension, key }) => (dimension === 'eventType' ? (titles.get(key) ?? null) : null))}::text[],
          ${figures.groups.map(({ count }) => count)}::int[])`
    }
  })
}

async function isPublished(database: Pick<Database, '$queryRaw'>, today: Date): Promise<boolean> {
  const [found] = await database.$queryRaw<{ isPublished: boolean }[]>`
    SELECT EXISTS (SELECT FROM month_figures WHERE "computedAt" >= ${today}::timestamptz) AS "isPublished"`
  return found?.isPublished === true
}

/** The months without final figures, each with its bookings by all attributes. Always includes the current month. */
async function countMonths(
  tx: Transaction,
  { now, timeZone }: Readonly<{ now: Date; timeZone: string }>,
): Promise<CountedMonth[]> {
  const rows = await tx.$queryRaw<(Omit<MonthCell, 'count'> & { month: string; isOver: boolean; count: number })[]>`
    WITH present AS (SELECT date_trunc('month', ${now}::timestamptz AT TIME ZONE ${timeZone}) AS month), counted AS (
      SELECT date_trunc('month', b."startTime" AT TIME ZONE ${timeZone}) AS month,
        b."userId", b."eventTypeId", b.status, b.sensitivity, count(*)::int AS count
      FROM bookings b GROUP BY 1, 2, 3, 4, 5
    ), months AS (
      SELECT month FROM counted UNION SELECT month FROM present UNION SELECT month::timestamp FROM month_figures
    )
    SELECT to_char(m.month, 'YYYY-MM-DD') AS month,
      (m.month + interval '1 month') AT TIME ZONE ${timeZone} + make_interval(days => ${finalAfterDays}::int) <= ${now}::timestamptz AS "isOver",
      c."userId"::text AS "ownerId", c."eventTypeId", c.status::text, c.sensitivity::text, COALESCE(c.count, 0) AS count
    FROM months m CROSS JOIN present LEFT JOIN counted c ON c.month = m.month
    WHERE m.month <= present.month + make_interval(months => ${monthsAhead}::int)
      AND NOT EXISTS (SELECT FROM month_figures f WHERE f.month = m.month::date AND f."isFinal")
    ORDER BY m.month`
  return [...Map.groupBy(rows, ({ month }) => month)].map(([month, cells]) => ({
    month,
    isOver: cells.some(({ isOver }) => isOver),
    cells: cells.filter(({ count }) => count > 0),
  }))
}

/**
 * The titles of event types that at least five bookings of the month share, the most frequent one per type: rarer titles may
 * identify people.
 */
async function readTitles(
  tx: Transaction,
  { month, timeZone }: Readonly<{ month: string; timeZone: string }>,
): Promise<ReadonlyMap<string, string>> {
  const titles = await tx.$queryRaw<{ key: string; title: string }[]>`
    SELECT DISTINCT ON (b."eventTypeId") b."eventTypeId"::text AS key, b."eventTypeTitle" AS title
    FROM bookings b
    WHERE b."startTime" >= ${month}::timestamp AT TIME ZONE ${timeZone}
      AND b."startTime" < (${month}::timestamp + interval '1 month') AT TIME ZONE ${timeZone}
      AND b."eventTypeTitle" IS NOT NULL
    GROUP BY b."eventTypeId", b."eventTypeTitle" HAVING count(*) >= ${minGroupSize}::int
    ORDER BY b."eventTypeId", count(*) DESC, b."eventTypeTitle"`
  return new Map(titles.map(({ key, title }) => [key, title]))
}

function sum(cells: readonly MonthCell[]): number {
  return cells.reduce((total, { count }) => total + count, 0)
}
