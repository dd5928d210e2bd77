import type { Where } from './conditions.ts'

/** Which rows of a model, in which order, and how many. The words are Prisma's. */
export type Page = Readonly<{
  where?: Where | undefined
  /** One order or several, each as `{ column: 'asc' }`. */
  orderBy?: unknown
  /** So many from the beginning, or, negative, from the end. */
  take?: number | undefined
  /** Only rows after this one (before it, where `take` is negative), by its id. */
  cursor?: string | undefined
  /** The condition that the cursor's row meets where it may be one; else there is no answer at all. */
  cursorWithin?: Where | undefined
}>

/** What to read of each row of a model. */
export type Rows = Readonly<{
  model: string
  columns: ReadonlySet<string>
  /** Times that are wanted as PostgreSQL writes them into JSON, and held under `textOf` of their names. */
  texts?: ReadonlySet<string>
  /** What hangs on a row, by the name under which the row as it is read holds it. */
  parts: ReadonlyMap<string, Part>
}>

/** The name under which a row holds the text of a time. No column has such a one. */
export function textOf(column: string): string {
  return `${column}:text`
}

/** What hangs on a row by one of its relations: one other row, many, or how many there are. */
export type Part = Readonly<
  | { kind: 'one'; relation: string; rows: Rows }
  | ({ kind: 'many'; relation: string; rows: Rows; page: Page } & Later)
  | ({ kind: 'count'; relation: string; where: Where } & Later)
>

type Later = Readonly<{
  /**
   * A column that is of the same name in both tables, and here no earlier than there but for a day: what was written about
   * something was written after it. So partitions from before are not looked through.
   */
  partitionPruningHint?: string | undefined
}>

/** One of the things that a statement reads. */
export type Read = Readonly<
  | { kind: 'list'; rows: Rows; page: Page }
  | { kind: 'one'; rows: Rows; where: Where }
  | { kind: 'count'; model: string; where: Where }
>

/** A row as it was read: its columns by their names, and its parts. */
export type Row = Readonly<Record<string, unknown>>
