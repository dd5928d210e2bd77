import { Prisma } from '../../platform/database/client.ts'
import type { AuditLogFilter } from './filter.model.ts'
import type { Position } from './position.model.ts'

/** A page of a list that is newest first: `limit` rows from one of its ends, or next to a cursor. */
export type PageRequest = Readonly<{
  /** Only rows that come later in the list, so that are older. */
  after?: Position | null
  /** Only rows that come earlier in the list, so that are newer. */
  before?: Position | null
  limit: number
  /** From the list's end (the oldest) instead of its beginning. */
  isFromEnd?: boolean
}>

/** The order of a page, as it is read. */
export function orderOf({ isFromEnd }: PageRequest): Prisma.Sql {
  return isFromEnd ? Prisma.sql`"createdAt", id` : Prisma.sql`"createdAt" DESC, id DESC`
}

/**
 * SQL for the first `limit` rows of the log that match, or some more, in the page's order, each with `id`, `"createdAt"` and
 * `"bookingId"`. It is one range of one index, or for several actions the merge of one range for each; so what it costs
 * depends on `limit` and not on how long the log is or where in it the page stands.
 *
 * @param filter - its actions must be out of the closed list: they become part of the statement's text
 * @param further - conditions that hold for most rows, each beginning with AND
 * @param columns - more columns, each beginning with a comma
 */
export function rangeOf(
  filter: AuditLogFilter,
  page: PageRequest,
  further: Prisma.Sql = Prisma.empty,
  columns: Prisma.Sql = Prisma.empty,
): Prisma.Sql {
  const actions = filter.action ?? null
  // A booking has few enough entries to look through; a person, or a church, does not.
  if (actions === null || filter.bookingId) return oneRange(filter, page, further, columns)
  const ranges = [...new Set(actions)].map((action) =>
    oneRange({ ...filter, action: null }, page, Prisma.sql`AND action = ${literal(action)} ${further}`, columns),
  )
  return Prisma.sql`
    SELECT ranges.* FROM (${Prisma.join(ranges, ' UNION ALL ')}) AS ranges
    ORDER BY ${orderOf(page)} LIMIT ${limitOf(page)}`
}

function oneRange(filter: AuditLogFilter, page: PageRequest, further: Prisma.Sql, columns: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
    SELECT id, "createdAt", "bookingId" ${columns} FROM audit_logs
    WHERE true ${matching(filter)} ${between(page)} ${further}
    ORDER BY ${orderOf(page)} LIMIT ${limitOf(page)})`
}

const limitSizes = [25, 105, 1_000, 2_000, 5_000, 10_000, 100_000]

/**
 * The limit as part of the statement's text, one of a few sizes that is large enough. For a parameter PostgreSQL would
 * come to plan for a tenth of all that match, which may be better sorted than read in order.
 */
export function limitOf({ limit }: PageRequest): Prisma.Sql {
  return Prisma.raw(String(limitSizes.find((size) => size >= limit) ?? Math.trunc(limit)))
}

/**
 * An action as part of the statement's text. As a parameter PostgreSQL would come to plan for it as for an action of
 * average frequency, and look for one that is rare by walking through the whole log by its time.
 */
function literal(action: string): Prisma.Sql {
  if (!/^[a-z_.]{1,100}$/.test(action)) throw new TypeError('This is not an action of the audit log.')
  return Prisma.raw(`'${action}'`)
}

/** The conditions of a filter, each beginning with AND. */
export function matching({ action, userId, bookingId, createdAt }: AuditLogFilter): Prisma.Sql {
  const { from, to } = createdAt ?? {}
  return joined([
    action ? Prisma.sql`AND action = ANY(${[...action]}::text[])` : null,
    userId ? Prisma.sql`AND "userId" = ${userId}::uuid` : null,
    bookingId ? Prisma.sql`AND "bookingId" = ${bookingId}::uuid` : null,
    from ? Prisma.sql`AND "createdAt" >= ${from}::timestamptz` : null,
    to ? Prisma.sql`AND "createdAt" < ${to}::timestamptz` : null,
  ])
}

/** The condition on "createdAt" alone is what lets PostgreSQL leave partitions out: it can't tell from a pair. */
export function between({ after, before }: PageRequest): Prisma.Sql {
  return joined([
    after
      ? Prisma.sql`AND "createdAt" <= ${after.createdAt}::timestamptz
          AND ("createdAt", id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`
      : null,
    before
      ? Prisma.sql`AND "createdAt" >= ${before.createdAt}::timestamptz
          AND ("createdAt", id) > (${before.createdAt}::timestamptz, ${before.id}::uuid)`
      : null,
  ])
}

function joined(conditions: readonly (Prisma.Sql | null)[]): Prisma.Sql {
  const given = conditions.filter((condition) => condition !== null)
  return given.length === 0 ? Prisma.empty : Prisma.join(given, ' ')
}
