import { NotInOneStatement } from './not-in-one-statement.ts'
import type { Read, Row, Rows } from './rows.ts'
import type { Statement } from './statement.ts'
import type { Tables } from './tables.ts'
import { writeStatement } from './write-statement.ts'

/** Runs a statement and gives the values of its one row. */
export type RunStatement = (statement: Statement) => Promise<readonly unknown[]>

/** What was read: a list's rows, one row or null, or a number. */
export type Answer = readonly Row[] | Row | null | number

/**
 * Reads everything asked for by one statement, and in one snapshot.
 *
 * @throws NotInOneStatement where it can't be written as one; then nothing has been asked of the database
 */
export async function readRows(tables: Tables, run: RunStatement, reads: readonly Read[]): Promise<readonly Answer[]> {
  const { statement, places } = writeStatement(tables, reads)
  const columns = await run(statement)
  return reads.map((read, at) => {
    const place = places[at]
    const value = place === undefined ? undefined : columns[place.column]
    return answerOf(tables, read, place?.at == null || !Array.isArray(value) ? value : value[place.at])
  })
}

function answerOf(tables: Tables, read: Read, value: unknown): Answer {
  if (read.kind === 'count') return Number(value)
  if (read.kind === 'one') return value === null ? null : rowOf(tables, read.rows, value)
  const list = rowsOf(tables, read.rows, value)
  return (read.page.take ?? 0) < 0 ? list.toReversed() : list
}

function rowsOf(tables: Tables, rows: Rows, value: unknown): Row[] {
  if (!Array.isArray(value)) throw new NotInOneStatement('a list that came as none')
  return value.map((each) => rowOf(tables, rows, each))
}

function rowOf(tables: Tables, rows: Rows, value: unknown): Row {
  const columns = tables.get(rows.model)?.columns
  if (!Array.isArray(value) || columns === undefined) throw new NotInOneStatement('a row that came as none')
  const row: Record<string, unknown> = {}
  let at = 0
  for (const name of rows.columns) row[name] = readValue(columns.get(name)?.type, value[at++])
  for (const [name, part] of rows.parts) {
    const given: unknown = value[at++]
    if (part.kind === 'count') row[name] = given
    else if (part.kind === 'one') row[name] = given === null ? null : rowOf(tables, part.rows, given)
    else {
      const list = rowsOf(tables, part.rows, given)
      row[name] = (part.page.take ?? 0) < 0 ? list.reverse() : list
    }
  }
  return row
}

/** A value as Prisma would give it. */
function readValue(type: string | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (type === 'DateTime') return new Date(value)
  return type === 'BigInt' ? BigInt(value) : value
}
