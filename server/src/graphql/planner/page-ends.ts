import { formatPrismaCursor } from '@pothos/plugin-prisma'
import type { Row } from '../../platform/database/json-sql/rows.ts'

/** One page of rows, as Pothos would make it. */
export type Page = Readonly<{ rows: readonly Row[]; count: unknown; hasNextPage: boolean; hasPreviousPage: boolean }>

/**
 * Cuts off the row too many, which tells that there is a next page: Pothos' `wrapConnectionResult`, which its Prisma
 * plugin keeps to itself.
 */
export function pageOf(read: unknown, count: unknown, take: number, args: Readonly<Record<string, unknown>>): Page {
  const rows: readonly Row[] = Array.isArray(read) ? read : []
  const isFull = rows.length === Math.abs(take)
  const isBackward = args.before != null || args.last != null
  return {
    rows: isFull ? rows.slice(take < 0 ? 1 : 0, take < 0 ? rows.length : -1) : rows,
    count,
    hasNextPage: args.before != null || (args.last == null && isFull),
    hasPreviousPage: args.after != null || (isBackward && isFull),
  }
}

/** What `PageInfo` is resolved from. */
export function endsOf({ rows, hasNextPage, hasPreviousPage }: Page): Row {
  const [first, last] = [rows[0], rows.at(-1)]
  return {
    hasNextPage,
    hasPreviousPage,
    startCursor: first === undefined ? null : cursorOf(first),
    endCursor: last === undefined ? null : cursorOf(last),
  }
}

export function cursorOf(row: Row): string {
  return formatPrismaCursor({ ...row }, 'id')
}
