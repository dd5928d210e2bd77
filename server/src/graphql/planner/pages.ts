import { type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import type { Row } from '../../platform/database/json-sql/rows.ts'
import { rowOfConnection } from '../auth/scope-requirements.ts'
import { Bailout } from './bailout.ts'
import type { ObjectPlan, RowsToRead, Run } from './field-plan.ts'
import { cursorOf, type Page as PageOf, pageOf } from './pothos-internals.ts'
import { ruleOfType } from './rules.ts'
import { emptyRows, modelOf } from './select.ts'
import { checkRule, type Selection } from './selection.ts'
import { planValue } from './values.ts'

type Page = PageOf<Row> & Readonly<{ count: unknown }>

/** The plan of the selection on a Relay connection. */
export type PagePlan = Readonly<{
  readsRows: boolean
  readsCount: boolean
  /** What is read from each row of the page. */
  rowsToRead(run: Run): RowsToRead
  /** @param take - the number of rows requested from the database, one more than the page has; negative from the end */
  answer(rows: unknown, count: unknown, take: number, run: Run): Record<string, unknown>
}>

/** A field of a connection. */
type PageField = Readonly<{
  key: string
  reads: 'rows' | 'count' | 'nothing'
  /** What the field reads from each row. */
  ofRow?: ObjectPlan | null
  answer(page: Page, run: Run): unknown
}>

/** Plans the selection on the connection that a field returns. */
export function planPage(selection: Selection): PagePlan {
  const type = getNamedType(selection.field.type)
  const rowType = isObjectType(type) ? rowOfConnection(type) : null
  if (!isObjectType(type) || rowType === null || ruleOfType(type) !== null) throw new Bailout(selection.field.name)
  const fields = selection.selectionsBelow(type).map((below) => planPageField(below))
  return {
    readsRows: fields.some(({ reads }) => reads === 'rows'),
    readsCount: fields.some(({ reads }) => reads === 'count'),
    rowsToRead: (run) => {
      const rows = emptyRows(modelOf(rowType))
      rows.columns.add('id')
      for (const { ofRow } of fields) ofRow?.addReads(rows, run)
      return rows
    },
    answer: (rows, count, take, run) => {
      const page = { ...pageOf<Row>(Array.isArray(rows) ? rows : [], take, selection.args.of(run)), count }
      const answer: Record<string, unknown> = {}
      for (const field of fields) answer[field.key] = field.answer(page, run)
      return answer
    },
  }
}

function planPageField(selection: Selection): PageField {
  const { key, field, parent } = selection
  const checked = (answer: PageField['answer']): PageField['answer'] => {
    return (page, run) => {
      checkRule(selection, page, run)
      return answer(page, run)
    }
  }
  if (field.name === '__typename') return { key, reads: 'nothing', answer: () => parent.name }
  if (field.name === 'totalCount') {
    const counted = planValue(selection)
    return { key, reads: 'count', answer: ({ count }, run) => counted.answer({ totalCount: count }, run) }
  }
  const plan = field.name === 'edges' ? planEdge(selection) : selection.planBelow(objectBelow(selection))
  if (field.name === 'pageInfo') {
    return { key, reads: 'rows', answer: checked((page, run) => plan.answer(endsOf(page), run)) }
  }
  if (field.name !== 'nodes' && field.name !== 'edges') throw new Bailout(`${parent.name}.${field.name}`)
  const answer = checked(({ rows }, run) => rows.map((row) => plan.answer(row, run)))
  return { key, reads: 'rows', ofRow: plan, answer }
}

/** Plans an edge. Its fields are resolved from its row. */
function planEdge(selection: Selection): ObjectPlan {
  const type = objectBelow(selection)
  if (ruleOfType(type) !== null) throw new Bailout(type.name)
  const fields = selection.selectionsBelow(type).map((below): PageEdgeField => {
    const { key, field } = below
    if (field.name === '__typename') return { key, plan: null, answer: () => type.name }
    const plan = field.name === 'node' ? below.planBelow(objectBelow(below)) : null
    if (plan === null && field.name !== 'cursor') throw new Bailout(`${type.name}.${field.name}`)
    const answer = (row: Row, run: Run) => {
      checkRule(below, row, run)
      return plan === null ? cursorOf(row) : plan.answer(row, run)
    }
    return { key, plan, answer }
  })
  return {
    addReads: (rows, run) => {
      for (const { plan } of fields) plan?.addReads(rows, run)
    },
    answer: (row, run) => {
      const answer: Record<string, unknown> = {}
      for (const field of fields) answer[field.key] = field.answer(row, run)
      return answer
    },
  }
}

type PageEdgeField = Readonly<{ key: string; plan: ObjectPlan | null; answer(row: Row, run: Run): unknown }>

/** The parent value of `PageInfo`. */
function endsOf({ rows, hasNextPage, hasPreviousPage }: Page): Row {
  const [first, last] = [rows[0], rows.at(-1)]
  return {
    hasNextPage,
    hasPreviousPage,
    startCursor: first === undefined ? null : cursorOf(first),
    endCursor: last === undefined ? null : cursorOf(last),
  }
}

function objectBelow({ field }: Selection): GraphQLObjectType {
  const type = getNamedType(field.type)
  if (!isObjectType(type)) throw new Bailout(field.name)
  return type
}
