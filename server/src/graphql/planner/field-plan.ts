import type { Cursors } from '../../core/access/cursors.ts'
import type { Part, Row } from '../../platform/database/json-sql/rows.ts'
import type { Tables } from '../../platform/database/json-sql/tables.ts'
import type { Context } from '../auth/context.ts'
import type { ListCursors } from '../paging/list-cursors.ts'
import type { Order } from '../paging/order.ts'
import type { PageRequest } from '../paging/page-request.ts'
import type { ScopeMap } from './rules.ts'

/** The page of a list that an operation requests, its order and its cursors. */
export type PlannedPage = Readonly<{ request: PageRequest; order: Order; cursors: ListCursors }>

/** One run of a planned operation. */
export type Run = Readonly<{
  /** The sandboxed context, through which resolvers can't reach any service. */
  context: Context
  scopeMap: ScopeMap
  tables: Tables
  cursors: Cursors
  /** The coerced arguments of each planned field, by the field's number. */
  args: Record<string, unknown>[]
  /** The page that each planned list requests from the database, by the field's number. */
  pages: PlannedPage[]
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
