import type { GraphQLObjectType } from 'graphql'
import type { Part } from '../../platform/database/json-sql/rows.ts'
import type { Tables } from '../../platform/database/json-sql/tables.ts'
import { Bailout } from './bailout.ts'
import type { ObjectPlan, RowsToRead, Run } from './field-plan.ts'

type Selection = Readonly<Record<string, unknown>>

/** Nothing read yet of the rows of a model. */
export function noRows(model: string): RowsToRead {
  return { model, columns: new Set(), texts: new Set(), parts: new Map() }
}

/** The Prisma model whose rows an object type shows. */
export function modelOf(type: GraphQLObjectType): string {
  const { pothosPrismaModel: model } = type.extensions
  if (typeof model !== 'string') throw new Bailout(type.name)
  return model
}

/** What a plan reads of the rows of a model. */
export function askOf(model: string, plan: ObjectPlan, run: Run): RowsToRead {
  const rows = noRows(model)
  plan.ask(rows, run)
  return rows
}

/** Every column of a model, for a type that doesn't say which its fields need. */
export function addAllColumns(rows: RowsToRead, tables: Tables): void {
  for (const name of tables.get(rows.model)?.columns.keys() ?? []) rows.columns.add(name)
}

/**
 * Adds a `select` of Prisma's: columns, and relations with a `select` of their own. What resolvers find on their parent
 * stands under the same names as Prisma would put it.
 *
 * @throws NotPlanned for whatever else a `select` can hold
 */
export function addSelect(rows: RowsToRead, select: unknown, tables: Tables): void {
  if (!isSelection(select)) throw new Bailout('a selection that is no object')
  const table = tables.get(rows.model)
  for (const [name, wanted] of Object.entries(select)) {
    if (wanted === false || wanted === undefined) continue
    const relation = table?.relations.get(name)
    if (table?.columns.has(name) && wanted === true) rows.columns.add(name)
    else if (relation !== undefined && isSelection(wanted)) addRelated(rows, name, relation, wanted, tables)
    else throw new Bailout(`the selection of ${name}`)
  }
}

function addRelated(
  rows: RowsToRead,
  name: string,
  { model, isList }: Readonly<{ model: string; isList: boolean }>,
  { select, ...page }: Selection,
  tables: Tables,
): void {
  if (Object.keys(page).some((key) => !['where', 'orderBy', 'take'].includes(key))) throw new Bailout(name)
  const before = rows.parts.get(name)
  // Two fields that want other rows of the same relation can't both find them under its name.
  if (before !== undefined && (isList || before.kind !== 'one')) throw new Bailout(`${name}, twice`)
  const related = noRows(model)
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

function isSelection(value: unknown): value is Selection {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
