import type { Where } from './conditions.ts'

/** Which rows of a model, in which order, and how many. Property names are Prisma's. */
export type Page = Readonly<{
  where?: Where | undefined
  /** One order or several, each as `{ column: 'asc' }`. */
  orderBy?: unknown
  /** The number of rows from the start, or, if negative, from the end. */
  take?: number | undefined
  /**
   * Only rows after this position (before it if `take` is negative): a value for each column of the order, as Prisma
   * represents it.
   */
  from?: readonly unknown[] | undefined
}>

/** What to read of each row of a model. */
export type Rows = Readonly<{
  model: string
  columns: ReadonlySet<string>
  /** Times to return as PostgreSQL's JSON text, under their `textOf` names. */
  texts?: ReadonlySet<string>
  /** Related rows, by their property name in the result. */
  parts: ReadonlyMap<string, Part>
}>

/** The property that holds the text of a time. No column has such a name. */
export function textOf(column: string): string {
  return `${column}:text`
}

/** A relation of a row: one other row, many, or their number. */
export type Part = Readonly<
  | { kind: 'one'; relation: string; rows: Rows }
  | ({ kind: 'many'; relation: string; rows: Rows; page: Page } & Later)
  | ({ kind: 'count'; relation: string; where: Where } & Later)
>

type Later = Readonly<{
  /**
   * A column that both tables have, and whose value here is at most a day earlier than there: a record is created after
   * its subject. It lets PostgreSQL prune earlier partitions.
   */
  partitionPruningHint?: string | undefined
}>

/** One read of a statement. */
export type Read = Readonly<
  | { kind: 'list'; rows: Rows; page: Page }
  | { kind: 'one'; rows: Rows; where: Where }
  | { kind: 'count'; model: string; where: Where }
>

/** A row as read: its columns by name, and its parts. */
export type Row = Readonly<Record<string, unknown>>
