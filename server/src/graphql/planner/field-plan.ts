import type { Part, Row } from '../../platform/database/json-sql/rows.ts'
import type { Tables } from '../../platform/database/json-sql/tables.ts'
import type { Context } from '../auth/context.ts'
import type { ScopeMap } from './rules.ts'

/** One run of a planned operation. */
export type Run = Readonly<{
  /** The sandboxed context: resolvers can reach no service through it. */
  context: Context
  scopeMap: ScopeMap
  tables: Tables
  /** The arguments of each planned field in this run, by the field's number. */
  args: Record<string, unknown>[]
  /** How many rows each planned page asks the database for, likewise. */
  takes: number[]
  variableValues: unknown
}>

/** What is read of the rows of a model, while it is put together. */
export type RowsToRead = {
  readonly model: string
  readonly columns: Set<string>
  /** Columns of times that go into the answer as text. */
  readonly texts: Set<string>
  readonly parts: Map<string, Part>
}

/** How one field of the selection is answered without graphql-js. */
export type FieldPlan = Readonly<{
  key: string
  /** Adds what the field needs to what is read of its parent's rows. Called once per run, before anything is read. */
  addReads(rows: RowsToRead, run: Run): void
  /**
   * The field's value in the answer.
   * @throws anything, where graphql-js has to answer
   */
  answer(parent: Row, run: Run): unknown
}>

/** How a selection on one object type is answered. */
export type ObjectPlan = Readonly<{
  addReads(rows: RowsToRead, run: Run): void
  answer(parent: Row, run: Run): Record<string, unknown>
}>
