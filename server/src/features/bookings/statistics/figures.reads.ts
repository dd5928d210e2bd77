import type { Database } from '../../../platform/database/client.ts'
import type { FigureDimension } from './figures.model.ts'

type Reader = Pick<Database, '$queryRaw'>

/** A range of calendar months, by the first day of its first and last month, such as `2026-11-01`. */
export type CalendarMonths = Readonly<{ first: string; last: string; count: number }>

/** The calendar months that a range covers exactly. Null if it covers a month only partly. */
export async function readCalendarMonths(
  database: Reader,
  { from, to, timeZone }: Readonly<{ from: Date; to: Date; timeZone: string }>,
): Promise<CalendarMonths | null> {
  const [months] = await database.$queryRaw<CalendarMonths[]>`
    SELECT to_char(r.from, 'YYYY-MM-DD') AS first, to_char(r.to - interval '1 month', 'YYYY-MM-DD') AS last,
      ((extract(year FROM r.to) - extract(year FROM r.from)) * 12 + extract(month FROM r.to) - extract(month FROM r.from))::int AS count
    FROM (
      SELECT ${from}::timestamptz AT TIME ZONE ${timeZone} AS from, ${to}::timestamptz AT TIME ZONE ${timeZone} AS to
    ) r
    WHERE r.from = date_trunc('month', r.from) AND r.to = date_trunc('month', r.to) AND r.from < r.to`
  return months ?? null
}

/** The previous calendar month as a range, for an example in an error message. */
export async function readLastMonth(
  database: Reader,
  { now, timeZone }: Readonly<{ now: Date; timeZone: string }>,
): Promise<Readonly<{ from: Date; to: Date }>> {
  const [month] = await database.$queryRaw<{ from: Date; to: Date }[]>`
    SELECT (m.start - interval '1 month') AT TIME ZONE ${timeZone} AS from, m.start AT TIME ZONE ${timeZone} AS to
    FROM (SELECT date_trunc('month', ${now}::timestamptz AT TIME ZONE ${timeZone}) AS start) m`
  if (month === undefined) throw new Error('a SELECT of one row returned none')
  return month
}

/** A published figure. `key` and `title` are null for a month's total. */
export type PublishedFigure = Readonly<{
  month: string
  periodStart: Date
  key: string | null
  title: string | null
  count: number
}>

/** The published totals of these months, in order. */
export function readPublishedTotals(database: Reader, months: CalendarMonths): Promise<PublishedFigure[]> {
  return database.$queryRaw<PublishedFigure[]>`
    SELECT to_char(f.month, 'YYYY-MM-DD') AS month, f.month::timestamp AT TIME ZONE f."timeZone" AS "periodStart",
      NULL AS key, NULL AS title, f.total AS count
    FROM month_figures f
    WHERE f.month BETWEEN ${months.first}::date AND ${months.last}::date AND f.total IS NOT NULL
    ORDER BY f.month`
}

/** The published groups of these months by one attribute, in order; only one group if `key` is given. */
export function readPublishedGroups(
  database: Reader,
  months: CalendarMonths,
  { dimension, key }: Readonly<{ dimension: FigureDimension; key: string | null }>,
): Promise<PublishedFigure[]> {
  return database.$queryRaw<PublishedFigure[]>`
    SELECT to_char(f.month, 'YYYY-MM-DD') AS month, f.month::timestamp AT TIME ZONE f."timeZone" AS "periodStart",
      g.key, g.title, g.count
    FROM month_figures f JOIN month_figure_groups g ON g.month = f.month
    WHERE f.month BETWEEN ${months.first}::date AND ${months.last}::date
      AND g.dimension = ${dimension} AND (${key}::text IS NULL OR g.key = ${key})
    ORDER BY f.month, g.key`
}
