import { getNamedType, isListType, isNonNullType, isObjectType } from 'graphql'
import type { Answer } from '../../platform/database/json-sql/read-rows.ts'
import type { Read, Row } from '../../platform/database/json-sql/rows.ts'
import { isUuid } from '../../platform/ids.ts'
import { rowOfConnection } from '../auth/scope-requirements.ts'
import { listCursors, positionsOf } from '../paging/list-cursors.ts'
import { orderOf } from '../paging/order.ts'
import { pageRequestOf, takeOf } from '../paging/page-request.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import { type RootRows, rowsReadBy } from './declarations.ts'
import type { Run } from './field-plan.ts'
import { planPage } from './pages.ts'
import { modelOf, rowsToReadOf } from './select.ts'
import { checkRule, type Selection } from './selection.ts'

/** The plan of one root field. */
export type RootPlan = Readonly<{
  key: string
  /** The reads for one run. `answer` gets their results in the same order. */
  reads(run: Run): readonly Read[]
  answer(answers: readonly Answer[], run: Run): unknown
}>

/** The parent value of root fields. */
const noParent: Row = {}

/** @throws Bailout for a root field that doesn't declare the rows it reads */
export function planRoot(selection: Selection): RootPlan {
  const { key, field } = selection
  if (field.name === '__typename') return { key, reads: () => [], answer: () => selection.parent.name }
  const rowsOf = rowsReadBy(field)
  const type = getNamedType(field.type)
  if (rowsOf === null || !isObjectType(type)) throw new Bailout(`Query.${field.name}`)
  const find = (run: Run): RootRows => {
    const args = selection.args.coerce(run)
    checkRule(selection, noParent, run)
    const found = rowsOf(args, run.context)
    // PostgreSQL would reject an invalid ID, and quote it in its log.
    if (hasInvalidId(found.where)) throw new Bailout('an ID without a row')
    return found
  }
  if (rowOfConnection(type) !== null) return planPageRoot(selection, find)
  const plan = selection.planBelow(type)
  const complete = completeOf(field.type, plan)
  const isList = isListType(isNonNullType(field.type) ? field.type.ofType : field.type)
  return {
    key,
    reads: (run) => {
      const { where, orderBy } = find(run)
      const rows = rowsToReadOf(modelOf(type), plan, run)
      return [isList ? { kind: 'list', rows, page: { where, orderBy } } : { kind: 'one', rows, where }]
    },
    answer: ([found], run) => {
      // The resolver decides whether a missing row is an error, and records the attempt.
      if (found == null) throw new Bailout(`no row for ${field.name}`)
      return complete(found, run)
    },
  }
}

function planPageRoot(selection: Selection, find: (run: Run) => RootRows): RootPlan {
  const page = planPage(selection)
  const { key, number, parent, field, args } = selection
  return {
    key,
    reads: (run) => {
      const { where, orderBy = [], scope } = find(run)
      const request = pageRequestOf(args.of(run))
      if (request.after !== null && request.before !== null) throw new Bailout('a page between two cursors')
      const hasCursors = page.readsCursors || request.after !== null || request.before !== null
      const order = hasCursors ? orderOf(page.model, orderBy) : []
      const cursors = listCursors(run.cursors, { field: `${parent.name}.${field.name}`, order, scope })
      run.pages[number] = { request, order, cursors }
      // The resolver rejects a cursor of another list.
      const { after, before } = positionsOf(cursors, request)
      const from = (after ?? before)?.values
      const reads: Read[] = []
      if (page.readsRows) {
        const rows = page.rowsToRead(run, order)
        reads.push({ kind: 'list', rows, page: { where, orderBy, take: takeOf(request), from } })
      }
      if (page.readsCount) reads.push({ kind: 'count', model: page.model, where })
      return reads
    },
    answer: (answers, run) => {
      const remaining = [...answers]
      const rows = page.readsRows ? remaining.shift() : []
      const count = page.readsCount ? remaining.shift() : undefined
      const { [number]: planned } = run.pages
      if (planned === undefined) throw new Bailout(field.name)
      return page.answer(rows, count, planned, run)
    },
  }
}

function hasInvalidId(where: object): boolean {
  return 'id' in where && typeof where.id === 'string' && !isUuid(where.id)
}
