import type { Writing } from './conditions.ts'
import { UnsupportedQueryError } from './not-in-one-statement.ts'
import { quoted } from './statement.ts'
import type { Table } from './tables.ts'

/** One column of an order. */
export type Order = Readonly<{ column: string; isDescending: boolean }>

/**
 * Parses a Prisma `orderBy`: one object or a list, each with one or more columns.
 *
 * @throws UnsupportedQueryError for an order by anything but the table's own columns
 */
export function ordersOf(table: Table, orderBy: unknown): readonly Order[] {
  const orders: readonly unknown[] = Array.isArray(orderBy) ? orderBy : [orderBy ?? {}]
  return orders.flatMap((each) => {
    if (typeof each !== 'object' || each === null) throw new UnsupportedQueryError('an order that is not an object')
    return Object.entries(each).map(([column, direction]) => {
      if (!table.columns.has(column) || (direction !== 'asc' && direction !== 'desc')) {
        throw new UnsupportedQueryError(`the order by ${column}`)
      }
      return { column, isDescending: direction === 'desc' }
    })
  })
}

/** The ORDER BY clause, or an empty string. The last rows are the first in reverse order. */
export function writtenOrder(alias: string, orders: readonly Order[], isBackward: boolean): string {
  if (orders.length === 0) return ''
  const written = orders.map(
    ({ column, isDescending }) => `${alias}.${quoted(column)}${isDescending === isBackward ? '' : ' DESC'}`,
  )
  return ` ORDER BY ${written.join(', ')}`
}

/** The condition that a row comes after a position, or before it; none without a position. */
export function positionAfter(
  { parameters }: Writing,
  table: Table,
  alias: string,
  orders: readonly Order[],
  from: readonly unknown[] | undefined,
  isBackward: boolean,
): string[] {
  if (from === undefined) return []
  const [first] = orders
  // One row comparison, which an index can answer; it supports one direction and no nulls.
  if (
    first === undefined ||
    from.length !== orders.length ||
    from.includes(null) ||
    orders.some(({ isDescending }) => isDescending !== first.isDescending) ||
    orders.some(({ column }) => table.columns.get(column)?.isNullable !== false)
  ) {
    throw new UnsupportedQueryError('a position in this order')
  }
  const columns = orders.map(({ column }) => `${alias}.${quoted(column)}`).join(', ')
  const values = orders.map(({ column }, at) => parameters.add(from[at], table.columns.get(column)?.type ?? ''))
  const sign = first.isDescending === isBackward ? '>' : '<'
  return [`(${columns}) ${sign} (${values.join(', ')})`]
}
