import { parsePrismaCursor } from '@pothos/plugin-prisma'
import { getNamedType, isListType, isNonNullType, isObjectType } from 'graphql'
import type { Answer } from '../../platform/database/json-sql/read-rows.ts'
import type { Read, Row } from '../../platform/database/json-sql/rows.ts'
import { isUuid } from '../../platform/ids.ts'
import { rowOfConnection } from '../auth/scope-requirements.ts'
import { defaultPageSize } from '../limits/cost.ts'
import { maxPageSize } from '../limits/page-size.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import type { Run } from './field-plan.ts'
import { planPage } from './pages.ts'
import { type RootRows, rowsReadBy } from './root-rows.ts'
import { askOf, modelOf } from './select.ts'
import { checkRule, type Selection } from './selection.ts'

/** How one root field is answered. */
export type RootPlan = Readonly<{
  key: string
  /** What it reads. Its answers come to `answer` in this order. */
  reads(run: Run): readonly Read[]
  answer(answers: readonly Answer[], run: Run): unknown
}>

/** Every root field has the same parent: none. */
const noParent: Row = {}

/** @throws NotPlanned for a root field that does not say which rows it reads */
export function planRoot(site: Selection): RootPlan {
  const { key, field } = site
  if (field.name === '__typename') return { key, reads: () => [], answer: () => site.parent.name }
  const rowsOf = rowsReadBy(field)
  const type = getNamedType(field.type)
  if (rowsOf === null || !isObjectType(type)) throw new Bailout(`Query.${field.name}`)
  const find = (run: Run): RootRows => {
    const args = site.args.workOut(run)
    checkRule(site, noParent, run)
    const found = rowsOf(args, run.context)
    // PostgreSQL would refuse it, and its log quotes what it refuses.
    if (isStrayId(found.where)) throw new Bailout('an id that no row has')
    return found
  }
  if (rowOfConnection(type) !== null) return planPageRoot(site, find)
  const plan = site.planBelow(type)
  const complete = completeOf(field.type, plan)
  const isList = isListType(isNonNullType(field.type) ? field.type.ofType : field.type)
  return {
    key,
    reads: (run) => {
      const { where, orderBy } = find(run)
      const rows = askOf(modelOf(type), plan, run)
      return [isList ? { kind: 'list', rows, page: { where, orderBy } } : { kind: 'one', rows, where }]
    },
    answer: ([found], run) => {
      // Whether that is an error, and goes on record, its resolver says.
      if (found == null) throw new Bailout(`no row for ${field.name}`)
      return complete(found, run)
    },
  }
}

function planPageRoot(site: Selection, find: (run: Run) => RootRows): RootPlan {
  const page = planPage(site)
  return {
    key: site.key,
    reads: (run) => {
      const { where, orderBy, within } = find(run)
      const { take, cursor } = placeOf(site.args.of(run))
      run.takes[site.number] = take
      const rows = page.askRows(run)
      const reads: Read[] = []
      if (page.wantsRows)
        reads.push({ kind: 'list', rows, page: { where, orderBy, take, cursor, cursorWithin: within } })
      if (page.wantsCount) reads.push({ kind: 'count', model: rows.model, where })
      if (cursor !== undefined)
        reads.push({ kind: 'count', model: rows.model, where: { id: cursor, AND: within ?? {} } })
      return reads
    },
    answer: (answers, run) => {
      const left = [...answers]
      const rows = page.wantsRows ? left.shift() : []
      const count = page.wantsCount ? left.shift() : undefined
      // The row of the cursor is none of this list. What is said to that is its resolver's to say.
      if (left[0] === 0) throw new Bailout('a cursor of another list')
      return page.answer(rows, count, run.takes[site.number] ?? 0, run)
    },
  }
}

function isStrayId(where: object): boolean {
  return 'id' in where && typeof where.id === 'string' && !isUuid(where.id)
}

type Place = Readonly<{ take: number; cursor: string | undefined }>

/** What Relay's four arguments ask for, where they ask for something plain. The rest gets its error from Pothos. */
function placeOf(args: Record<string, unknown>): Place {
  const { first, last, after, before } = args
  const isBackward = last != null || before != null
  if (isBackward ? first != null || after != null : last != null) throw new Bailout('a page both ways')
  const size = (isBackward ? last : first) ?? defaultPageSize
  if (typeof size !== 'number' || size < 0 || size > maxPageSize) throw new Bailout('a page of no size')
  const take = isBackward ? -(size + 1) : size + 1
  const cursor = isBackward ? before : after
  if (cursor == null) return { take, cursor: undefined }
  const id: unknown = parsePrismaCursor(cursor)
  if (typeof id !== 'string' || !isUuid(id)) throw new Bailout('a cursor of another list')
  return { take, cursor: id }
}
