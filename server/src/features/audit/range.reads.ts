import { Prisma } from '../../platform/database/client.ts'
import type { AuditLogFilter } from './filter.model.ts'
import type { Position } from './position.model.ts'

/** A page of a list sorted newest first: `limit` rows from one of its ends, or next to a cursor. */
export type PageRequest = Readonly<{
  /** Only rows after this one in the list, which are older. */
  after?: Position | null
  /** Only rows before this one in the list, which are newer. */
  before?: Position | null
  limit: number
  /** Reads from the end of the list (the oldest row). */
  isFromEnd?: boolean
}>

/** The sort order in which a page is read. */
export function orderOf({ isFromEnd }: PageRequest): Prisma.Sql {
  return isFromEnd ? Prisma.sql`"createdAt", id` : Prisma.sql`"createdAt" DESC, id DESC`
}

/**
 * SQL for at least the first `limit` matching rows of the log, in the page's order, each with `id`, `"createdAt"` and
 * `"bookingId"`. It reads one index range, or for several actions merges one range for each, so the cost depends on `limit`
 * and not on the length of the log or the position in it.
 *
 * @param filter - actions must be known ones: they become part of the SQL text
 * @param extraCondition - conditions that most rows meet, each starting with AND
 * @param columns - additional columns, each starting with a comma
 */
export function rangeOf(
  filter: AuditLogFilter,
  page: PageRequest,
  extraCondition: Prisma.Sql = Prisma.empty,
  columns: Prisma.Sql = Prisma.empty,
): Prisma.Sql {
  const actions = filter.action ?? null
  // A booking has few enough entries to filter them while scanning. A user or a church does not.
  if (actions === null || filter.bookingId) return oneRange(filter, page, extraCondition, columns)
  const ranges = [...new Set(actions)].map((action) =>
    oneRange({ ...filter, action: null }, page, Prisma.sql`AND action = ${literal(action)} ${extraCondition}`, columns),
  )
  return Prisma.sql`
    SELECT ranges.* FROM (${Prisma.join(ranges, ' UNION ALL ')}) AS ranges
    ORDER BY ${orderOf(page)} LIMIT ${limitOf(page)}`
}

function oneRange(
  filter: AuditLogFilter,
  page: PageRequest,
  extraCondition: Prisma.Sql,
  columns: Prisma.Sql,
): Prisma.Sql {
  return Prisma.sql`(
    SELECT id, "createdAt", "bookingId" ${columns} FROM audit_logs
    WHERE true ${matching(filter)} ${afterAndBefore(page)} ${extraCondition}
    ORDER BY ${orderOf(page)} LIMIT ${limitOf(page)})`
}

const limitSizes = [25, 105, 1_000, 2_000, 5_000, 10_000, 100_000]

/**
 * The limit as part of the SQL text, rounded up to one of a few sizes. With a parameter, PostgreSQL's generic plan assumes
 * that 10 % of all matches are needed and may sort instead of reading in index order.
 */
export function limitOf({ limit }: PageRequest): Prisma.Sql {
  return Prisma.raw(String(limitSizes.find((size) => size >= limit) ?? Math.trunc(limit)))
}

/**
 * An action as part of the SQL text. With a parameter, PostgreSQL's generic plan assumes an average frequency, and finds
 * rare actions by scanning the whole log by time.
 */
function literal(action: string): Prisma.Sql {
  if (!/^[a-z_.]{1,100}$/.test(action)) throw new TypeError('This is not an action of the audit log.')
  return Prisma.raw(`'${action}'`)
}

/** The conditions of a filter, each starting with AND. */
export function matching({ action, userId, bookingId, createdAt }: AuditLogFilter): Prisma.Sql {
  const { from, to } = createdAt ?? {}
  return joinConditions([
    action ? Prisma.sql`AND action = ANY(${[...action]}::text[])` : null,
    userId ? Prisma.sql`AND "userId" = ${userId}::uuid` : null,
    bookingId ? Prisma.sql`AND "bookingId" = ${bookingId}::uuid` : null,
    from ? Prisma.sql`AND "createdAt" >= ${from}::timestamptz` : null,
    to ? Prisma.sql`AND "createdAt" < ${to}::timestamptz` : null,
  ])
}

/**
 * The separate condition on "createdAt" enables partition pruning, which PostgreSQL can't derive from the row comparison.
 */
export function afterAndBefore({ after, before }: PageRequest): Prisma.Sql {
  return joinConditions([
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

function joinConditions(conditions: readonly (Prisma.Sql | null)[]): Prisma.Sql {
  const present = conditions.filter((condition) => condition !== null)
  return present.length === 0 ? Prisma.empty : Prisma.join(present, ' ')
}
