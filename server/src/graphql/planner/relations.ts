import { getNamedType, isListType, isNonNullType, isObjectType } from 'graphql'
import { peopleOfField } from '../auth/people.ts'
import { listCursors } from '../paging/list-cursors.ts'
import { pageRequestOf, takeOf } from '../paging/page-request.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import { pruningHintColumn, type RelatedRows } from './declarations.ts'
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

/** Plans a field that lists rows of a relation of its parent's model. */
export function planRelatedPage(
  selection: Selection,
  { relation, where: find, orderBy, order }: RelatedRows,
): FieldPlan {
  const { field, parent: parentType } = selection
  const page = planPage(selection)
  const partitionPruningHint = pruningHintColumn(field)
  const names = { rows: partNameOf(selection, 'rows'), count: partNameOf(selection, 'count') }
  return {
    key: selection.key,
    addReads: (rows, run) => {
      const args = selection.args.coerce(run)
      const request = pageRequestOf(args)
      if (request.after !== null || request.before !== null) throw new Bailout(`a cursor in ${field.name}`)
      const where = find(args)
      const cursors = listCursors(run.cursors, { field: `${parentType.name}.${field.name}`, order })
      run.pages[selection.number] = { request, order, cursors }
      if (page.readsCursors) rows.columns.add('id')
      if (page.readsRows) {
        rows.parts.set(names.rows, {
          kind: 'many',
          relation,
          rows: page.rowsToRead(run, order),
          page: { where, orderBy, take: takeOf(request) },
          partitionPruningHint,
        })
      }
      if (page.readsCount) rows.parts.set(names.count, { kind: 'count', relation, where, partitionPruningHint })
    },
    answer: (parent, run) => {
      checkRule(selection, parent, run)
      const { [selection.number]: planned } = run.pages
      if (planned === undefined) throw new Bailout(field.name)
      const parentId = page.readsCursors ? String(parent.id) : undefined
      return page.answer(parent[names.rows], parent[names.count], planned, run, parentId)
    },
  }
}

/** The condition of a relation, as a Prisma query. */
function queryOf({ field, args }: Selection, run: Run): object {
  const query = queryOfRelation(field, args.coerce(run), run.context)
  if (typeof query !== 'object' || query === null || query instanceof Promise) throw new Bailout(field.name)
  return query
}
