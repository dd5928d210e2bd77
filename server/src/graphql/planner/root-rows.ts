import type { GraphQLField } from 'graphql'
import type { Where } from '../../platform/database/json-sql/conditions.ts'
import type { Context } from '../auth/context.ts'

/** The rows that a root field reads, in Prisma's words. */
export type RootRows = Readonly<{
  where: Where
  orderBy?: unknown
  /** Where the list can be paged from: the rows that may be its cursor. Without it, not by cursor. */
  within?: Where
}>

const key = 'churchhubRows'

/**
 * Says which rows a root field reads, so that they can come by the one statement of the whole operation. It goes into the
 * field's `extensions`. The field's resolver must read the same rows: it answers wherever the plan doesn't.
 *
 * ```ts
 * extensions: readsRows((args: ListArgs, context) => bookingList(viewerOf(context), args)),
 * ```
 */
export function readsRows<Args extends object>(find: (args: Args, context: Context) => RootRows) {
  return { [key]: find }
}

/** What `readsRows` has said of a field, or null. */
export function rowsReadBy({ extensions }: GraphQLField<unknown, unknown>) {
  const find = extensions[key]
  return typeof find === 'function' ? (find as (args: object, context: Context) => RootRows) : null // see above
}

const noEarlierKey = 'churchhubNoEarlier'

/**
 * Says of a relation that its rows are written after the row that they are about, by a column that both have. It goes into
 * the field's `extensions`, and spares a plan the partitions from before.
 */
export function partitionPruningHint(column: string) {
  return { [noEarlierKey]: column }
}

/** What `partitionPruningHint` has said of a field. */
export function pruningHintColumn({ extensions }: GraphQLField<unknown, unknown>): string | undefined {
  const column = extensions[noEarlierKey]
  return typeof column === 'string' ? column : undefined
}
