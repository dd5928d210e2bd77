import type { Part, Row } from '../../platform/database/json-sql/rows.ts'
import type { Tables } from '../../platform/database/json-sql/tables.ts'
import type { Context } from '../auth/context.ts'
import type { ScopeMap } from './rules.ts'

/** One run of a planned operation. */
export type Run = Readonly<{
  /** The sandboxed context, through which resolvers can't reach any service. */
  context: Context
  scopeMap: ScopeMap
  tables: Tables
  /** The coerced arguments of each planned field, by the field's number. */
  args: Record<string, unknown>[]
  /** The number of rows that each planned page requests from the database, by the field's number. */
  takes: number[]
  variableValues: unknown
}>

/** What to read from the rows of a model, collected field by field. */
export type RowsToRead = {
  readonly model: string
  readonly columns: Set<string>
  /** Timestamp columns that are returned as text. */
  readonly texts: Set<string>
  readonly parts: Map<string, Part>
}

/** How to resolve one selected field without graphql-js. */
export type FieldPlan = Readonly<{
  key: string
  /** Adds what the field needs to the reads of its parent's rows. Called once per run, before anything is read. */
  addReads(rows: RowsToRead, run: Run): void
  /**
   * Resolves the field's value.
   * @throws any error, on which graphql-js answers instead
   */
  answer(parent: Row, run: Run): unknown
}>

/** How to resolve a selection on one object type. */
export type ObjectPlan = Readonly<{
  addReads(rows: RowsToRead, run: Run): void
  answer(parent: Row, run: Run): Record<string, unknown>
}>
