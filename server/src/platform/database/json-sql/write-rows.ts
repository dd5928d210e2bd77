import { allOf, conditionsOf, type Where, type Writing } from './conditions.ts'
import { UnsupportedQueryError } from './not-in-one-statement.ts'
import { ordersOf, positionAfter, writtenOrder } from './order.ts'
import type { Page, Part, Rows } from './rows.ts'
import { quoted } from './statement.ts'
import type { Relation, Table } from './tables.ts'

/** The maximum number of rows in a list: a page and the row that shows whether there is a next one. */
const maxRows = 1_001

/**
 * Writes one row as a JSON array: its columns, then its parts. An array, not an object, because both sides know the
 * names.
 */
function writeRow(writing: Writing, table: Table, alias: string, rows: Rows): string {
  const { columns, texts = [], parts } = rows
  const written = [
    ...[...columns, ...texts].map((name) => writeColumn(table, alias, name)),
    ...[...parts.values()].map((part) => writePart(writing, table, alias, part)),
  ]
  return `json_build_array(${written.join(', ')})`
}

function writeColumn({ columns, model }: Table, alias: string, name: string): string {
  const column = columns.get(name)
  if (column === undefined || column.type === 'Bytes' || column.type === 'Decimal') {
    throw new UnsupportedQueryError(`${model}.${name}`)
  }
  const sql = `${alias}.${quoted(name)}`
  // JSON numbers can't hold all bigints.
  return column.type === 'BigInt' ? `${sql}::text` : sql
}

function writePart(writing: Writing, table: Table, alias: string, part: Part): string {
  const relation = table.relations.get(part.relation)
  if (relation === undefined) throw new UnsupportedQueryError(`${table.model}.${part.relation}`)
  const pruningHint = part.kind === 'one' ? undefined : part.partitionPruningHint
  const meets = (otherAlias: string) => {
    const matchesParent = `${otherAlias}.${quoted(relation.otherColumn)} = ${alias}.${quoted(relation.ownColumn)}`
    if (pruningHint === undefined) return matchesParent
    // One day exceeds any clock difference between nodes.
    return `${matchesParent} AND ${otherAlias}.${quoted(pruningHint)} >= ${alias}.${quoted(pruningHint)} - interval '1 day'`
  }
  switch (part.kind) {
    case 'one':
      return writeOne(writing, part.rows, {}, meets)
    case 'many':
      return writeList(writing, part.rows, part.page, meets)
    case 'count':
      return writeRelatedCount(writing, relation, part.where, meets)
  }
}

type Meets = (alias: string) => string

/** Writes the one row of a model that meets all conditions, or null. */
export function writeOne(writing: Writing, rows: Rows, where: Where, meets?: Meets): string {
  const table = tableOf(writing, rows.model)
  const alias = writing.newAlias()
  const conditions = [...(meets ? [meets(alias)] : []), ...conditionsOf(writing, table, alias, where)]
  const row = writeRow(writing, table, alias, rows)
  return `(SELECT ${row} FROM ${quoted(table.name)} AS ${alias} WHERE ${allOf(conditions)} LIMIT 1)`
}

/**
 * Writes a list of rows as a JSON array of arrays. The rows are found, ordered and limited before their relations are
 * read; an aggregate over an ordered subquery keeps the order (PostgreSQL manual, 9.21).
 */
export function writeList(writing: Writing, rows: Rows, page: Page, meets?: Meets): string {
  const table = tableOf(writing, rows.model)
  const [alias, found] = [writing.newAlias(), writing.newAlias()]
  const orders = ordersOf(table, page.orderBy)
  const take = page.take ?? maxRows
  if (!Number.isInteger(take) || Math.abs(take) > maxRows) throw new UnsupportedQueryError(`a page of ${take}`)
  const isBackward = take < 0
  const conditions = [
    ...(meets ? [meets(found)] : []),
    ...conditionsOf(writing, table, found, page.where ?? {}),
    ...positionAfter(writing, table, found, orders, page.from, isBackward),
  ]
  const needed = new Set([
    ...rows.columns,
    ...(rows.texts ?? []),
    ...[...rows.parts.values()].flatMap((part) => columnsOf(table, part)),
  ])
  const columns = [...needed].map((name) => `${found}.${quoted(name)}`).join(', ')
  const chosen = `SELECT ${columns} FROM ${quoted(table.name)} AS ${found} WHERE ${allOf(conditions)}${writtenOrder(found, orders, isBackward)} LIMIT ${Math.abs(take)}`
  return `(SELECT coalesce(json_agg(${writeRow(writing, table, alias, rows)}), '[]') FROM (${chosen}) AS ${alias})`
}

/** The columns of the parent row that a part needs. */
function columnsOf(table: Table, part: Part): string[] {
  const pruningHint = part.kind === 'one' ? undefined : part.partitionPruningHint
  return [table.relations.get(part.relation)?.ownColumn ?? 'id', ...(pruningHint === undefined ? [] : [pruningHint])]
}

function writeRelatedCount(writing: Writing, relation: Relation, where: Where, meets: Meets): string {
  const table = tableOf(writing, relation.model)
  const alias = writing.newAlias()
  const conditions = [meets(alias), ...conditionsOf(writing, table, alias, where)]
  return `(SELECT count(*) FROM ${quoted(table.name)} AS ${alias} WHERE ${allOf(conditions)})`
}

/** @throws UnsupportedQueryError if there is no such model */
export function tableOf({ tables }: Writing, model: string): Table {
  const table = tables.get(model)
  if (table === undefined) throw new UnsupportedQueryError(`the model ${model}`)
  return table
}
