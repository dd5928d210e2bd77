import { getNamedType, isListType, isNonNullType, isObjectType } from 'graphql'
import { peopleOfField } from '../auth/people.ts'
import { rowOfConnection } from '../auth/scope-requirements.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import type { FieldPlan, Run } from './field-plan.ts'
import { planPage } from './pages.ts'
import { pruningHintColumn } from './root-rows.ts'
import { askOf, modelOf } from './select.ts'
import { checkRule, type Selection } from './selection.ts'

/**
 * The name under which a row holds what a field reads of a relation. No column and no relation has such a one, and no other
 * field: `nodes` and `edges` may ask the same rows for the same relation with other arguments.
 */
function partNameOf({ key, number }: Selection, what: string): string {
  return `${key}:${what}:${number}`
}

/** Plans a field that follows a relation of its parent's model. */
export function planRelation(site: Selection, relation: string): FieldPlan {
  const { field } = site
  // Only values are noted by a plan.
  if (peopleOfField(field) !== null) throw new Bailout(`${field.name}, which names people`)
  const result = getNamedType(field.type)
  if (!isObjectType(result)) throw new Bailout(field.name)
  const row = rowOfConnection(result)
  if (row !== null) return planRelatedPage(site, relation)
  const isList = isListType(isNonNullType(field.type) ? field.type.ofType : field.type)
  if (isList) throw new Bailout(`${field.name}, a list without pages`)
  const plan = site.planBelow(result)
  const complete = completeOf(field.type, plan)
  const name = partNameOf(site, 'row')
  return {
    key: site.key,
    ask: (rows, run) => {
      const query = queryOf(site, run)
      if (Object.keys(query).length > 0) throw new Bailout(`a condition on ${field.name}`)
      rows.parts.set(name, { kind: 'one', relation, rows: askOf(modelOf(result), plan, run) })
    },
    answer: (parent, run) => {
      checkRule(site, parent, run)
      return complete(parent[name], run)
    },
  }
}

function planRelatedPage(site: Selection, relation: string): FieldPlan {
  const page = planPage(site)
  const partitionPruningHint = pruningHintColumn(site.field)
  const names = { rows: partNameOf(site, 'rows'), count: partNameOf(site, 'count') }
  return {
    key: site.key,
    ask: (rows, run) => {
      const { where = {}, orderBy, take, cursor } = queryOf(site, run)
      if (cursor !== undefined || typeof take !== 'number') throw new Bailout(`a cursor in ${site.field.name}`)
      run.takes[site.number] = take
      if (page.wantsRows) {
        const asked = page.askRows(run)
        rows.parts.set(names.rows, {
          kind: 'many',
          relation,
          rows: asked,
          page: { where, orderBy, take },
          partitionPruningHint,
        })
      }
      if (page.wantsCount) rows.parts.set(names.count, { kind: 'count', relation, where, partitionPruningHint })
    },
    answer: (parent, run) => {
      checkRule(site, parent, run)
      return page.answer(parent[names.rows], parent[names.count], run.takes[site.number] ?? 0, run)
    },
  }
}

type Query = Readonly<{ where?: Record<string, unknown>; orderBy?: unknown; take?: number; cursor?: unknown }>

/**
 * The conditions, order and page of a relation, by the very function with which Pothos plans it: it passes them to whoever
 * plans what is below.
 */
function queryOf({ field, args }: Selection, run: Run): Query {
  const select = field.extensions.pothosPrismaSelect
  if (typeof select !== 'function') throw new Bailout(field.name)
  let query: unknown = {}
  const given = args.workOut(run)
  select(
    given,
    run.context,
    (asked: unknown) => {
      query = typeof asked === 'function' ? asked(given, run.context) : asked
      return {}
    },
    () => new Set(),
  )
  if (typeof query !== 'object' || query === null || query instanceof Promise) throw new Bailout(field.name)
  return query
}
