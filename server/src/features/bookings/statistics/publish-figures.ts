import { minGroupSize } from '../../../core/access/counting.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { readSetting } from '../../settings/reads.ts'
import { type MonthCell, publishableFigures, roundedTotal } from './figures.model.ts'

type CountedMonth = Readonly<{ month: string; isOver: boolean; cells: readonly MonthCell[] }>

/** Days after a month until its figures are final: meetings get their outcome late, and Cal.com tells of some late. */
const settlingDays = 3
const monthsAhead = 24

/**
 * Publishes the figures for callers who only count, once a day in UTC, for all nodes and callers. A month that is over is
 * published once and stays as it is: two figures of it would tell whom they differ by. Of a month that is not over, the total
 * is published, rounded down. Months are those of the setting `church.timeZone` at that time.
 *
 * Does nothing where today's are there. The transaction's lock makes others wait for it.
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

/** The months that are not final, each with its bookings by all attributes. The present month is always among them. */
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
      (m.month + interval '1 month') AT TIME ZONE ${timeZone} + make_interval(days => ${settlingDays}::int) <= ${now}::timestamptz AS "isOver",
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

/** What event types are called by at least five bookings of the month, and by most: the title of a few may name them. */
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
