import { type GraphQLObjectType, getNamedType, getNullableType, isLeafType, isListType, isObjectType } from 'graphql'
import { textOf } from '../../platform/database/json-sql/rows.ts'
import { notePeople, peopleOfField } from '../auth/people.ts'
import { isRow as hasRows } from '../auth/scope-requirements.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import type { FieldPlan } from './field-plan.ts'
import { exposedPropertyOf, globalIdOf, optionsOf, selectFor, selectOfField } from './pothos-internals.ts'
import { addSelect } from './select.ts'
import { checkRule, type Selection } from './selection.ts'

/** Replaces a resolver's `info`, which only graphql-js can provide. */
const noInfo = new Proxy(
  {},
  {
    get: (_target, name) => {
      throw new Bailout(`a resolver reads info.${String(name)}`)
    },
  },
)

type Resolve = (parent: unknown, args: object, context: object, info: unknown) => unknown

/**
 * Plans a field that its own resolver computes from the parent alone: a column, or a value derived from columns. The
 * resolver is called as declared, but without `info`.
 */
export function planValue(selection: Selection): FieldPlan {
  const plan = planOwnValue(selection)
  const peopleOf = peopleOfField(selection.field)
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

function planOwnValue(selection: Selection): FieldPlan {
  const { key, parent, field, args } = selection
  const result = getNamedType(field.type)
  // Rows that no relation leads to need a statement of their own.
  if (isObjectType(result) && hasRows(result)) throw new Bailout(`${parent.name}.${field.name}`)
  const column = columnOf(selection)
  if (column !== null) return planColumn(selection, column)
  const plan = isObjectType(result) ? selection.planBelow(result) : null
  const complete = completeOf(field.type, plan)
  const resolve = isGlobalId(selection) ? resolverOfGlobalId(parent) : resolverOf(selection)
  return {
    key,
    addReads: (rows, run) => {
      const select = selectFor(field, args.coerce(run), run.context)
      if (select !== undefined) addSelect(rows, select, run.tables)
    },
    answer: (row, run) => {
      checkRule(selection, row, run)
      return complete(resolve(row, args.of(run), run.context, noInfo), run)
    },
  }
}

/** The column that a field returns unchanged, or null. */
function columnOf({ field }: Selection): string | null {
  const [column, select] = [exposedPropertyOf(field), selectOfField(field)]
  if (field.args.length > 0 || column === null || !isLeafType(getNamedType(field.type))) return null
  // An exposed property is a column only if it is selected under its own name.
  return isRow(select) && select[column] === true ? column : null
}

/** Plans a field that returns a column. A timestamp is read as text, to avoid creating a `Date`. */
function planColumn(selection: Selection, column: string): FieldPlan {
  const { key, field, rule } = selection
  const complete = completeOf(field.type, null)
  const isTime = getNamedType(field.type).name === 'DateTime' && !isListType(getNullableType(field.type))
  const name = isTime ? textOf(column) : column
  return {
    key,
    addReads: ({ columns, texts }) => (isTime ? texts : columns).add(column),
    answer: (row, run) => {
      if (rule !== null) checkRule(selection, row, run)
      return complete(row[name], run)
    },
  }
}

function resolverOf({ parent, field }: Selection): Resolve {
  const column = exposedPropertyOf(field)
  if (column !== null) return (row) => (isRow(row) ? row[column] : undefined)
  const { resolve } = optionsOf(field)
  if (typeof resolve !== 'function') throw new Bailout(`${parent.name}.${field.name}`)
  return resolve as Resolve // the option's type
}

function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isGlobalId({ parent, field }: Selection): boolean {
  return field.name === 'id' && hasRows(parent)
}

/**
 * Resolves global IDs synchronously. Pothos' own resolver is asynchronous, to support IDs that have to be looked up;
 * here IDs are columns.
 */
function resolverOfGlobalId(type: GraphQLObjectType): Resolve {
  const { id } = optionsOf(type)
  const resolve = typeof id === 'object' && id !== null && 'resolve' in id ? id.resolve : null
  if (typeof resolve !== 'function') throw new Bailout(`${type.name}.id`)
  return (parent, args, context) => globalIdOf(type.name, String(resolve(parent, args, context)))
}
