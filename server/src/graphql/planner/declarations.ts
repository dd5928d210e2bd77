import type { GraphQLField } from 'graphql'
import type { Where } from '../../platform/database/json-sql/conditions.ts'
import type { Context } from '../auth/context.ts'
import { Bailout } from './bailout.ts'

/*
 * What a field declares for the planner. Each declaration goes into the field's `extensions`. A field's resolver must read
 * the same rows as it declares: it answers wherever a plan doesn't.
 */

const rowsKey = 'churchhubRows'
const eventRowKey = 'churchhubEventRow'
const pruningHintKey = 'churchhubPartitionPruningHint'

/** The rows that a root field reads, in Prisma's terms. */
export type RootRows = Readonly<{
  where: Where
  orderBy?: unknown
  /** The rows that may be a cursor of the list. Without it the list can't be paged by cursor. */
  scope?: Where
}>

/**
 * Declares which rows a root field reads, so that they can come by the one statement of the whole operation.
 *
 * ```ts
 * extensions: readsRows((args: ListArgs, context) => bookingList(viewerOf(context), args)),
 * ```
 */
export function readsRows<Args extends object>(find: (args: Args, context: Context) => RootRows) {
  return { [rowsKey]: find }
}

/** What `readsRows` has declared for a field, or null. */
export function rowsReadBy({ extensions }: GraphQLField<unknown, unknown>) {
  const find = extensions[rowsKey]
  return typeof find === 'function' ? (find as (args: object, context: Context) => RootRows) : null // `readsRows` put it there
}

/** Leaves a root field to its resolver, which does more than read rows. For the function that is given to `readsRows`. */
export function leaveToResolver(): never {
  throw new Bailout('a field that its resolver has to answer')
}

/** Finds the row that a field of an event shows, or null for none. */
export type FindEventRow = (event: object, context: Context) => Where | null

/** Declares which row a field of an event shows, so that an answer to the event can come by one statement. */
export function readsRowOfEvent<Event extends object>(find: (event: Event, context: Context) => Where | null) {
  return { [eventRowKey]: find }
}

/** What `readsRowOfEvent` has declared for a field, or null. */
export function rowOfEventReadBy({ extensions }: GraphQLField<unknown, unknown>): FindEventRow | null {
  const find = extensions[eventRowKey]
  return typeof find === 'function' ? (find as FindEventRow) : null // `readsRowOfEvent` put it there
}

/**
 * Declares that the rows of a relation are written after the row that they are about, by a column that both have. The
 * statement then skips the partitions from before.
 */
export function partitionPruningHint(column: string) {
  return { [pruningHintKey]: column }
}

/** What `partitionPruningHint` has declared for a field. */
export function pruningHintColumn({ extensions }: GraphQLField<unknown, unknown>): string | undefined {
  const column = extensions[pruningHintKey]
  return typeof column === 'string' ? column : undefined
}
