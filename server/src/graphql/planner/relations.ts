import { getNamedType, isListType, isNonNullType, isObjectType } from 'graphql'
import { peopleOfField } from '../auth/people.ts'
import { rowOfConnection } from '../auth/scope-requirements.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import { pruningHintColumn } from './declarations.ts'
import type { FieldPlan, Run } from './field-plan.ts'
import { planPage } from './pages.ts'
import { queryOfRelation } from './pothos-internals.ts'
import { modelOf, rowsToReadOf } from './select.ts'
import { checkRule, type Selection } from './selection.ts'

/**
 * The key under which a row holds what a field reads from a relation. Unique among columns, relations and fields,
 * because `nodes` and `edges` may read the same relation with different arguments.
 */
function partNameOf({ key, number }: Selection, kind: string): string {
  return `${key}:${kind}:${number}`
}

/** Plans a field that follows a relation of its parent's model. */
export function planRelation(selection: Selection, relation: string): FieldPlan {
  const { field } = selection
  // A plan records the people that a field shows only for values.
  if (peopleOfField(field) !== null) throw new Bailout(`${field.name}, which names people`)
  const result = getNamedType(field.type)
  if (!isObjectType(result)) throw new Bailout(field.name)
  const row = rowOfConnection(result)
  if (row !== null) return planRelatedPage(selection, relation)
  const isList = isListType(isNonNullType(field.type) ? field.type.ofType : field.type)
  if (isList) throw new Bailout(`${field.name}, a list without pages`)
  const plan = selection.planBelow(result)
  const complete = completeOf(field.type, plan)
  const name = partNameOf(selection, 'row')
  return {
    key: selection.key,
    addReads: (rows, run) => {
      const query = queryOf(selection, run)
      if (Object.keys(query).length > 0) throw new Bailout(`a condition on ${field.name}`)
      rows.parts.set(name, { kind: 'one', relation, rows: rowsToReadOf(modelOf(result), plan, run) })
    },
    answer: (parent, run) => {
      checkRule(selection, parent, run)
      return complete(parent[name], run)
    },
  }
}

function planRelatedPage(selection: Selection, relation: string): FieldPlan {
  const page = planPage(selection)
  const partitionPruningHint = pruningHintColumn(selection.field)
  const names = { rows: partNameOf(selection, 'rows'), count: partNameOf(selection, 'count') }
  return {
    key: selection.key,
    addReads: (rows, run) => {
      const { where = {}, orderBy, take, cursor } = queryOf(selection, run)
      if (cursor !== undefined || typeof take !== 'number') throw new Bailout(`a cursor in ${selection.field.name}`)
      run.takes[selection.number] = take
      if (page.readsRows) {
        const asked = page.rowsToRead(run)
        rows.parts.set(names.rows, {
          kind: 'many',
          relation,
          rows: asked,
          page: { where, orderBy, take },
          partitionPruningHint,
        })
      }
      if (page.readsCount) rows.parts.set(names.count, { kind: 'count', relation, where, partitionPruningHint })
    },
    answer: (parent, run) => {
      checkRule(selection, parent, run)
      return page.answer(parent[names.rows], parent[names.count], run.takes[selection.number] ?? 0, run)
    },
  }
}

type Query = Readonly<{ where?: Record<string, unknown>; orderBy?: unknown; take?: number; cursor?: unknown }>

/** The filter, order and page size of a relation. */
function queryOf({ field, args }: Selection, run: Run): Query {
  const query = queryOfRelation(field, args.coerce(run), run.context)
  if (typeof query !== 'object' || query === null || query instanceof Promise) throw new Bailout(field.name)
  return query
}
