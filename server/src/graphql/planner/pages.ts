import { type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import { type Row, textOf } from '../../platform/database/json-sql/rows.ts'
import { rowOfConnection } from '../auth/scope-requirements.ts'
import { pageInfoOf } from '../paging/connection.ts'
import type { Order } from '../paging/order.ts'
import { type Page as PageOf, pageOf } from '../paging/page-request.ts'
import { Bailout } from './bailout.ts'
import type { ObjectPlan, PlannedPage, RowsToRead, Run } from './field-plan.ts'
import { ruleOfType } from './rules.ts'
import { emptyRows, modelOf } from './select.ts'
import { checkRule, type Selection } from './selection.ts'
import { planValue } from './values.ts'

type Page = PageOf<Row> & Readonly<{ count: unknown; cursorOf: CursorOf }>

type CursorOf = (row: Row) => string

/** The plan of the selection on a Relay connection. */
export type PagePlan = Readonly<{
  /** The model of the rows. */
  model: string
  readsRows: boolean
  readsCount: boolean
  readsCursors: boolean
  /** What is read from each row of the page. */
  rowsToRead(run: Run, order: Order): RowsToRead
  /** @param parentId - the ID of the row that a nested list belongs to */
  answer(rows: unknown, count: unknown, page: PlannedPage, run: Run, parentId?: string): Record<string, unknown>
}>

/** A field of a connection. */
type PageField = Readonly<{
  key: string
  reads: 'rows' | 'count' | 'nothing'
  readsCursors?: boolean
  /** What the field reads from each row. */
  ofRow?: Pick<ObjectPlan, 'addReads'>
  answer(page: Page, run: Run): unknown
}>

/** Plans the selection on the connection that a field returns. */
export function planPage(selection: Selection): PagePlan {
  const type = getNamedType(selection.field.type)
  const rowType = isObjectType(type) ? rowOfConnection(type) : null
  if (!isObjectType(type) || rowType === null || ruleOfType(type) !== null) throw new Bailout(selection.field.name)
  const fields = selection.selectionsBelow(type).map((below) => planPageField(below))
  const readsCursors = fields.some((field) => field.readsCursors)
  return {
    model: modelOf(rowType),
    readsRows: fields.some(({ reads }) => reads === 'rows'),
    readsCount: fields.some(({ reads }) => reads === 'count'),
    readsCursors,
    rowsToRead: (run, order) => {
      const rows = emptyRows(modelOf(rowType))
      rows.columns.add('id')
      if (readsCursors) addOrder(rows, order, run)
      for (const { ofRow } of fields) ofRow?.addReads(rows, run)
      return rows
    },
    answer: (rows, count, { request, cursors, order }, run, parentId) => {
      const cursorOf = (row: Row) => cursors.cursorOf(withTimes(row, order), parentId)
      const page = { ...pageOf<Row>(Array.isArray(rows) ? rows : [], request), count, cursorOf }
      const answer: Record<string, unknown> = {}
      for (const field of fields) answer[field.key] = field.answer(page, run)
      return answer
    },
  }
}

/** Adds the columns that cursors are made of. A time is read as text, and parsed only for a cursor that is selected. */
function addOrder(rows: RowsToRead, order: Order, { tables }: Run): void {
  for (const { name } of order) {
    const isTime = tables.get(rows.model)?.columns.get(name)?.type === 'DateTime'
    const names = isTime ? rows.texts : rows.columns
    names.add(name)
  }
}

/** A row with the times that `addOrder` has read as texts. */
function withTimes(row: Row, order: Order): Row {
  const times = order.flatMap(({ name }): [string, unknown][] => {
    const text = row[textOf(name)]
    return typeof text === 'string' ? [[name, new Date(text)]] : []
  })
  return { ...row, ...Object.fromEntries(times) }
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
  if (field.name === 'edges') return { key, reads: 'rows', ...planEdges(selection, checked) }
  const plan = selection.planBelow(objectBelow(selection))
  if (field.name === 'pageInfo') {
    const below = selection.selectionsBelow(objectBelow(selection))
    const readsCursors = below.some((each) => each.field.name.endsWith('Cursor'))
    const answer = checked((page, run) => plan.answer(pageInfoOf(page, page.cursorOf), run))
    return { key, reads: 'rows', readsCursors, answer }
  }
  if (field.name !== 'nodes') throw new Bailout(`${parent.name}.${field.name}`)
  const answer = checked(({ rows }, run) => rows.map((row) => plan.answer(row, run)))
  return { key, reads: 'rows', ofRow: plan, answer }
}

type EdgeField = Readonly<{
  key: string
  plan: ObjectPlan | null
  answer(row: Row, cursorOf: CursorOf, run: Run): unknown
}>

/** Plans edges. Their fields are resolved from their rows. */
function planEdges(
  selection: Selection,
  checked: (answer: PageField['answer']) => PageField['answer'],
): Pick<PageField, 'readsCursors' | 'ofRow' | 'answer'> {
  const type = objectBelow(selection)
  if (ruleOfType(type) !== null) throw new Bailout(type.name)
  const below = selection.selectionsBelow(type)
  const fields = below.map((each): EdgeField => planEdgeField(each))
  return {
    readsCursors: below.some(({ field }) => field.name === 'cursor'),
    ofRow: {
      addReads: (rows, run) => {
        for (const { plan } of fields) plan?.addReads(rows, run)
      },
    },
    answer: checked(({ rows, cursorOf }, run) =>
      rows.map((row) => {
        const answer: Record<string, unknown> = {}
        for (const field of fields) answer[field.key] = field.answer(row, cursorOf, run)
        return answer
      }),
    ),
  }
}

function planEdgeField(selection: Selection): EdgeField {
  const { key, field, parent } = selection
  if (field.name === '__typename') return { key, plan: null, answer: () => parent.name }
  const plan = field.name === 'node' ? selection.planBelow(objectBelow(selection)) : null
  if (plan === null && field.name !== 'cursor') throw new Bailout(`${parent.name}.${field.name}`)
  return {
    key,
    plan,
    answer: (row, cursorOf, run) => {
      checkRule(selection, row, run)
      return plan === null ? cursorOf(row) : plan.answer(row, run)
    },
  }
}

function objectBelow({ field }: Selection): GraphQLObjectType {
  const type = getNamedType(field.type)
  if (!isObjectType(type)) throw new Bailout(field.name)
  return type
}
