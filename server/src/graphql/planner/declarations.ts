import type { GraphQLField } from 'graphql'
import type { Where } from '../../platform/database/json-sql/conditions.ts'
import type { Context } from '../auth/context.ts'
import type { Order } from '../paging/order.ts'
import { Bailout } from './bailout.ts'

/*
 * What fields declare for the planner. Each declaration goes into the field's `extensions`. A field's resolver must
 * read the rows that the field declares, because it answers wherever a plan doesn't.
 */

const rowsKey = 'churchhubRows'
const relatedRowsKey = 'churchhubRelatedRows'
const eventRowKey = 'churchhubEventRow'
const pruningHintKey = 'churchhubPartitionPruningHint'

/** The rows that a root field reads, as a Prisma query. */
export type RootRows = Readonly<{
  where: Where
  orderBy?: readonly object[]
  /** What the cursors of a list belong to: see `List`. */
  scope?: Where
}>

/**
 * Declares the rows that a root field reads, so that they can be part of the operation's one SQL statement.
 *
 * ```ts
 * extensions: readsRows((args: ListArgs, context) => bookingList(viewerOf(context), args)),
 * ```
 */
export function readsRows<Args extends object>(find: (args: Args, context: Context) => RootRows) {
  return { [rowsKey]: find }
}

/** The `readsRows` declaration of a field, or null. */
export function rowsReadBy({ extensions }: GraphQLField<unknown, unknown>) {
  const find = extensions[rowsKey]
  return typeof find === 'function' ? (find as (args: object, context: Context) => RootRows) : null // set by `readsRows`
}

/** The rows of a relation that a field lists. */
export type RelatedRows<Args extends object = object> = Readonly<{
  relation: string
  where(args: Args): Where
  /** The same order twice: as a Prisma `orderBy`, and parsed. */
  orderBy: readonly object[]
  order: Order
}>

/** Declares the relation that a field lists, and which of its rows. */
export function readsRelatedRows<Args extends object>(rows: RelatedRows<Args>) {
  return { [relatedRowsKey]: rows }
}

/** The `readsRelatedRows` declaration of a field, or null. */
export function relatedRowsReadBy({ extensions }: GraphQLField<unknown, unknown>): RelatedRows | null {
  const declared = extensions[relatedRowsKey]
  return typeof declared === 'object' ? (declared as RelatedRows) : null // set by `readsRelatedRows`
}

/**
 * Leaves a root field to its resolver, which does more than read rows. Called by the function passed to `readsRows`.
 */
export function bailOut(): never {
  throw new Bailout('a field that only its resolver can answer')
}

/** Finds the row that a field of an event returns. Null if there is none. */
export type FindEventRow = (event: object, context: Context) => Where | null

/** Declares which row a field of an event returns, so that the response to the event can be read with one statement. */
export function readsRowOfEvent<Event extends object>(find: (event: Event, context: Context) => Where | null) {
  return { [eventRowKey]: find }
}

/** The `readsRowOfEvent` declaration of a field, or null. */
export function rowOfEventReadBy({ extensions }: GraphQLField<unknown, unknown>): FindEventRow | null {
  const find = extensions[eventRowKey]
  return typeof find === 'function' ? (find as FindEventRow) : null // set by `readsRowOfEvent`
}

/**
 * Declares that the rows of a relation are created after their parent row, by a column that both have. The statement
 * then skips earlier partitions.
 */
export function partitionPruningHint(column: string) {
  return { [pruningHintKey]: column }
}

/** The `partitionPruningHint` declaration of a field, or undefined. */
export function pruningHintColumn({ extensions }: GraphQLField<unknown, unknown>): string | undefined {
  const column = extensions[pruningHintKey]
  return typeof column === 'string' ? column : undefined
}
