import type { GraphQLObjectType } from 'graphql'
import type { Part } from '../../platform/database/json-sql/rows.ts'
import type { Tables } from '../../platform/database/json-sql/tables.ts'
import { Bailout } from './bailout.ts'
import type { ObjectPlan, RowsToRead, Run } from './field-plan.ts'
import { prismaModelOf } from './pothos-internals.ts'

type Select = Readonly<Record<string, unknown>>

/** Rows of a model, with nothing to read yet. */
export function emptyRows(model: string): RowsToRead {
  return { model, columns: new Set(), texts: new Set(), parts: new Map() }
}

/** The Prisma model of an object type. */
export function modelOf(type: GraphQLObjectType): string {
  const model = prismaModelOf(type)
  if (model === null) throw new Bailout(type.name)
  return model
}

/** What a plan reads from the rows of a model. */
export function rowsToReadOf(model: string, plan: ObjectPlan, run: Run): RowsToRead {
  const rows = emptyRows(model)
  plan.addReads(rows, run)
  return rows
}

/** Adds every column of a model, for a type that doesn't declare which columns its fields need. */
export function addAllColumns(rows: RowsToRead, tables: Tables): void {
  for (const name of tables.get(rows.model)?.columns.keys() ?? []) rows.columns.add(name)
}

/**
 * Adds a Prisma `select`: columns, and relations with a `select` of their own. Resolvers find the values on their
 * parent under the same names as with Prisma.
 *
 * @throws Bailout for anything else in the `select`
 */
export function addSelect(rows: RowsToRead, select: unknown, tables: Tables): void {
  if (!isSelect(select)) throw new Bailout('a selection that is not an object')
  const table = tables.get(rows.model)
  for (const [name, selection] of Object.entries(select)) {
    if (selection === false || selection === undefined) continue
    const relation = table?.relations.get(name)
    if (table?.columns.has(name) && selection === true) rows.columns.add(name)
    else if (relation !== undefined && isSelect(selection)) addRelated(rows, name, relation, selection, tables)
    else throw new Bailout(`the selection of ${name}`)
  }
}

function addRelated(
  rows: RowsToRead,
  name: string,
  { model, isList }: Readonly<{ model: string; isList: boolean }>,
  { select, ...page }: Select,
  tables: Tables,
): void {
  if (Object.keys(page).some((key) => !['where', 'orderBy', 'take'].includes(key))) throw new Bailout(name)
  const before = rows.parts.get(name)
  // Two fields that select different rows of one relation would both find them under the same name.
  if (before !== undefined && (isList || before.kind !== 'one')) throw new Bailout(`${name}, twice`)
  const related = emptyRows(model)
  if (before?.kind === 'one') addPart(related, before)
  addSelect(related, select, tables)
  if (!isList && Object.keys(page).length > 0) throw new Bailout(`a condition on ${name}`)
  rows.parts.set(
    name,
    isList ? { kind: 'many', relation: name, rows: related, page } : { kind: 'one', relation: name, rows: related },
  )
}

function addPart(related: RowsToRead, before: Part & { kind: 'one' }): void {
  for (const column of before.rows.columns) related.columns.add(column)
  for (const column of before.rows.texts ?? []) related.texts.add(column)
  for (const [name, part] of before.rows.parts) related.parts.set(name, part)
}

function isSelect(value: unknown): value is Select {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
