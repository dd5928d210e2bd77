import { getNamedType, isListType, isNonNullType, isObjectType } from 'graphql'
import type { Answer } from '../../platform/database/json-sql/read-rows.ts'
import type { Read, Row } from '../../platform/database/json-sql/rows.ts'
import { isUuid } from '../../platform/ids.ts'
import { rowOfConnection } from '../auth/scope-requirements.ts'
import { defaultPageSize } from '../limits/cost.ts'
import { maxPageSize } from '../limits/page-size.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import { type RootRows, rowsReadBy } from './declarations.ts'
import type { Run } from './field-plan.ts'
import { planPage } from './pages.ts'
import { idInCursor } from './pothos-internals.ts'
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
  return {
    key: selection.key,
    reads: (run) => {
      const { where, orderBy, scope } = find(run)
      const { take, cursor } = pageArgumentsOf(selection.args.of(run))
      run.takes[selection.number] = take
      const rows = page.rowsToRead(run)
      const reads: Read[] = []
      if (page.readsRows)
        reads.push({ kind: 'list', rows, page: { where, orderBy, take, cursor, cursorWithin: scope } })
      if (page.readsCount) reads.push({ kind: 'count', model: rows.model, where })
      if (cursor !== undefined)
        reads.push({ kind: 'count', model: rows.model, where: { id: cursor, AND: scope ?? {} } })
      return reads
    },
    answer: (answers, run) => {
      const remaining = [...answers]
      const rows = page.readsRows ? remaining.shift() : []
      const count = page.readsCount ? remaining.shift() : undefined
      // The cursor's row isn't in this list. The resolver rejects it.
      if (remaining[0] === 0) throw new Bailout('a cursor of another list')
      return page.answer(rows, count, run.takes[selection.number] ?? 0, run)
    },
  }
}

function hasInvalidId(where: object): boolean {
  return 'id' in where && typeof where.id === 'string' && !isUuid(where.id)
}

type PageArguments = Readonly<{ take: number; cursor: string | undefined }>

/**
 * The page that Relay's four arguments describe. Bails out on invalid combinations, for which Pothos has its own
 * errors.
 */
function pageArgumentsOf(args: Record<string, unknown>): PageArguments {
  const { first, last, after, before } = args
  const isBackward = last != null || before != null
  if (isBackward ? first != null || after != null : last != null) throw new Bailout('a page with both first and last')
  const size = (isBackward ? last : first) ?? defaultPageSize
  if (typeof size !== 'number' || size < 0 || size > maxPageSize) throw new Bailout('a page without a size')
  const take = isBackward ? -(size + 1) : size + 1
  const cursor = isBackward ? before : after
  if (cursor == null) return { take, cursor: undefined }
  const id: unknown = idInCursor(cursor)
  if (typeof id !== 'string' || !isUuid(id)) throw new Bailout('a cursor of another list')
  return { take, cursor: id }
}
