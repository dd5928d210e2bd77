import { encodeGlobalID } from '@pothos/plugin-relay'
import { type GraphQLObjectType, getNamedType, getNullableType, isLeafType, isListType, isObjectType } from 'graphql'
import { textOf } from '../../platform/database/json-sql/rows.ts'
import { notePeople, peopleOfField } from '../auth/people.ts'
import { isRow as hasRows } from '../auth/scope-requirements.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import type { FieldPlan } from './field-plan.ts'
import { optionsOf } from './rules.ts'
import { addSelect } from './select.ts'
import { checkRule, type Selection } from './selection.ts'

/** Where graphql-js would say where in the operation a resolver is called. */
const noInfo = new Proxy(
  {},
  {
    get: (_target, name) => {
      throw new Bailout(`a resolver asks for ${String(name)}`)
    },
  },
)

type Resolve = (parent: unknown, args: object, context: object, info: unknown) => unknown

/**
 * Plans a field whose own resolver answers from its parent alone: a column, or what is worked out from some. It is
 * called as it stands, without the `info` that only graphql-js has: who wants that is not planned.
 */
export function planValue(site: Selection): FieldPlan {
  const plan = planOwnValue(site)
  const peopleOf = peopleOfField(site.field)
  if (peopleOf === null) return plan
  return {
    ...plan,
    answer: (row, run) => {
      const value = plan.answer(row, run)
      notePeople(peopleOf, row, run.context, value)
      return value
    },
  }
}

function planOwnValue(site: Selection): FieldPlan {
  const { key, parent, field, args } = site
  const result = getNamedType(field.type)
  // Rows that are no relation's come by a statement of their own.
  if (isObjectType(result) && hasRows(result)) throw new Bailout(`${parent.name}.${field.name}`)
  const column = columnOf(site)
  if (column !== null) return planColumn(site, column)
  const plan = isObjectType(result) ? site.planBelow(result) : null
  const complete = completeOf(field.type, plan)
  const resolve = isGlobalId(site) ? globalIdOf(parent) : resolverOf(site)
  const select = field.extensions.pothosPrismaSelect
  return {
    key,
    ask: (rows, run) => {
      const given = args.workOut(run)
      if (typeof select === 'function') addSelect(rows, selectedBy(select(given, run.context)), run.tables)
      else if (select) addSelect(rows, select, run.tables)
    },
    answer: (row, run) => {
      checkRule(site, row, run)
      return complete(resolve(row, args.of(run), run.context, noInfo), run)
    },
  }
}

/** The column of its row that a field shows as it stands. */
function columnOf({ field }: Selection): string | null {
  const { pothosExposedField: column, pothosPrismaSelect: select } = field.extensions
  if (field.args.length > 0 || typeof column !== 'string' || !isLeafType(getNamedType(field.type))) return null
  // Only what is selected by its own name is a column: what hangs on no row is none.
  return isRow(select) && select[column] === true ? column : null
}

/** Plans a field that shows a column. A time goes into the answer without becoming a `Date` on its way. */
function planColumn(site: Selection, column: string): FieldPlan {
  const { key, field, rule } = site
  const complete = completeOf(field.type, null)
  const isTime = getNamedType(field.type).name === 'DateTime' && !isListType(getNullableType(field.type))
  const name = isTime ? textOf(column) : column
  return {
    key,
    ask: ({ columns, texts }) => (isTime ? texts : columns).add(column),
    answer: (row, run) => {
      if (rule !== null) checkRule(site, row, run)
      return complete(row[name], run)
    },
  }
}

function resolverOf({ parent, field }: Selection): Resolve {
  const { pothosExposedField: column } = field.extensions
  if (typeof column === 'string') return (row) => (isRow(row) ? row[column] : undefined)
  const { resolve } = optionsOf(field)
  if (typeof resolve !== 'function') throw new Bailout(`${parent.name}.${field.name}`)
  return resolve as Resolve // Pothos keeps there what the field was declared with
}

function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** What a `select` that is a function gives, as Pothos wraps it. */
function selectedBy(wrapped: unknown): unknown {
  if (typeof wrapped !== 'object' || wrapped === null || !('select' in wrapped)) throw new Bailout('a selection')
  return wrapped.select ?? {}
}

function isGlobalId({ parent, field }: Selection): boolean {
  return field.name === 'id' && hasRows(parent)
}

const isPlain = /^[\w-]*$/

/** Pothos' own resolver of a node's id is asynchronous, for ids that have to be looked up. Ours are columns. */
function globalIdOf(type: GraphQLObjectType): Resolve {
  const { id } = optionsOf(type)
  const resolve = typeof id === 'object' && id !== null && 'resolve' in id ? id.resolve : null
  if (typeof resolve !== 'function') throw new Bailout(`${type.name}.id`)
  return (parent, args, context) => {
    const own = String(resolve(parent, args, context))
    // The same text, several times as fast.
    return isPlain.test(own) ? btoa(`${type.name}:${own}`) : encodeGlobalID(type.name, own)
  }
}
