import { UnsupportedQueryError } from './not-in-one-statement.ts'
import { type Part, type Read, type Row, type Rows, textOf } from './rows.ts'
import type { Statement } from './statement.ts'
import type { Tables } from './tables.ts'
import { writeStatement } from './write-statement.ts'

/** Runs a statement and returns the values of its one row. */
export type RunStatement = (statement: Statement) => Promise<readonly unknown[]>

/** The result of a read: the rows of a list, one row or null, or a number. */
export type Answer = readonly Row[] | Row | null | number

/**
 * Performs all reads in one statement and one snapshot.
 *
 * @throws UnsupportedQueryError if they can't be written as one; then no query is sent
 */
export async function readRows(tables: Tables, run: RunStatement, reads: readonly Read[]): Promise<readonly Answer[]> {
  const { statement, positions } = writeStatement(tables, reads)
  const columns = await run(statement)
  const readerFor = createReaders(tables)
  return reads.map((read, at) => {
    const position = positions[at]
    const value = position === undefined ? undefined : columns[position.column]
    return answerOf(readerFor, read, position?.at == null || !Array.isArray(value) ? value : value[position.at])
  })
}

function answerOf(readerFor: ReaderFor, read: Read, value: unknown): Answer {
  if (read.kind === 'count') return Number(value)
  if (read.kind === 'one') return value === null ? null : readerFor(read.rows)(value)
  const list = rowsOf(readerFor, read.rows, value)
  return (read.page.take ?? 0) < 0 ? list.toReversed() : list
}

type ReadRow = (value: unknown) => Row

/** Reads rows of one shape; created once for all of them. */
type ReaderFor = (rows: Rows) => ReadRow

function createReaders(tables: Tables): ReaderFor {
  const readers = new Map<Rows, ReadRow>()
  const readerFor: ReaderFor = (rows) => {
    const known = readers.get(rows)
    if (known !== undefined) return known
    const reader = readerOf(tables, readerFor, rows)
    readers.set(rows, reader)
    return reader
  }
  return readerFor
}

function rowsOf(readerFor: ReaderFor, rows: Rows, value: unknown): Row[] {
  if (!Array.isArray(value)) throw new UnsupportedQueryError('a missing list')
  return value.map(readerFor(rows))
}

function readerOf(tables: Tables, readerFor: ReaderFor, { model, columns, texts, parts }: Rows): ReadRow {
  const table = tables.get(model)
  const cells = [...columns].map((name) => ({ name, type: table?.columns.get(name)?.type }))
  const textNames = [...(texts ?? [])].map(textOf)
  return (value) => {
    if (!Array.isArray(value) || table === undefined) throw new UnsupportedQueryError('a missing row')
    const row: Record<string, unknown> = {}
    let at = 0
    for (const { name, type } of cells) row[name] = readValue(type, value[at++])
    for (const name of textNames) row[name] = value[at++]
    for (const [name, part] of parts) row[name] = readPart(readerFor, part, value[at++])
    return row
  }
}

function readPart(readerFor: ReaderFor, part: Part, value: unknown): unknown {
  if (part.kind === 'count') return value
  if (part.kind === 'one') return value === null ? null : readerFor(part.rows)(value)
  const list = rowsOf(readerFor, part.rows, value)
  return (part.page.take ?? 0) < 0 ? list.reverse() : list
}

/** Converts a value to Prisma's representation. */
function readValue(type: string | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (type === 'DateTime') return new Date(value)
  return type === 'BigInt' ? BigInt(value) : value
}
