import { type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import type { Row } from '../../platform/database/json-sql/rows.ts'
import { rowOfConnection } from '../auth/scope-requirements.ts'
import { Bailout } from './bailout.ts'
import type { ObjectPlan, RowsToRead, Run } from './field-plan.ts'
import { cursorOf, endsOf, type Page, pageOf } from './page-ends.ts'
import { ruleOfType } from './rules.ts'
import { modelOf, noRows } from './select.ts'
import { checkRule, type Selection } from './selection.ts'
import { planValue } from './values.ts'

/** How the selection on a Relay connection is answered. */
export type PagePlan = Readonly<{
  wantsRows: boolean
  wantsCount: boolean
  /** What is read of each row of the page. */
  askRows(run: Run): RowsToRead
  /** @param take - as many rows as the database was asked for, one more than the page has; negative from the end */
  answer(rows: unknown, count: unknown, take: number, run: Run): Record<string, unknown>
}>

/** One field of a connection. */
type PageField = Readonly<{
  key: string
  wants: 'rows' | 'count' | 'nothing'
  /** What it reads of each row. */
  ofRow?: ObjectPlan | null
  answer(page: Page, run: Run): unknown
}>

/** Plans what is selected of the connection that a field leads to. */
export function planPage(site: Selection): PagePlan {
  const type = getNamedType(site.field.type)
  const rowType = isObjectType(type) ? rowOfConnection(type) : null
  if (!isObjectType(type) || rowType === null || ruleOfType(type) !== null) throw new Bailout(site.field.name)
  const fields = site.sitesBelow(type).map((below) => planPageField(below))
  return {
    wantsRows: fields.some(({ wants }) => wants === 'rows'),
    wantsCount: fields.some(({ wants }) => wants === 'count'),
    askRows: (run) => {
      const rows = noRows(modelOf(rowType))
      rows.columns.add('id')
      for (const { ofRow } of fields) ofRow?.ask(rows, run)
      return rows
    },
    answer: (rows, count, take, run) => {
      const page = pageOf(rows, count, take, site.args.of(run))
      const answer: Record<string, unknown> = {}
      for (const field of fields) answer[field.key] = field.answer(page, run)
      return answer
    },
  }
}

function planPageField(site: Selection): PageField {
  const { key, field, parent } = site
  const checked = (answer: PageField['answer']): PageField['answer'] => {
    return (page, run) => {
      checkRule(site, page, run)
      return answer(page, run)
    }
  }
  if (field.name === '__typename') return { key, wants: 'nothing', answer: () => parent.name }
  if (field.name === 'totalCount') {
    const counted = planValue(site)
    return { key, wants: 'count', answer: ({ count }, run) => counted.answer({ totalCount: count }, run) }
  }
  const plan = field.name === 'edges' ? planEdge(site) : site.planBelow(objectBelow(site))
  if (field.name === 'pageInfo') {
    return { key, wants: 'rows', answer: checked((page, run) => plan.answer(endsOf(page), run)) }
  }
  if (field.name !== 'nodes' && field.name !== 'edges') throw new Bailout(`${parent.name}.${field.name}`)
  const answer = checked(({ rows }, run) => rows.map((row) => plan.answer(row, run)))
  return { key, wants: 'rows', ofRow: plan, answer }
}

/** An edge is its row, seen with its cursor. */
function planEdge(site: Selection): ObjectPlan {
  const type = objectBelow(site)
  if (ruleOfType(type) !== null) throw new Bailout(type.name)
  const fields = site.sitesBelow(type).map((below): PageEdgeField => {
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
    ask: (rows, run) => {
      for (const { plan } of fields) plan?.ask(rows, run)
    },
    answer: (row, run) => {
      const answer: Record<string, unknown> = {}
      for (const field of fields) answer[field.key] = field.answer(row, run)
      return answer
    },
  }
}

type PageEdgeField = Readonly<{ key: string; plan: ObjectPlan | null; answer(row: Row, run: Run): unknown }>

function objectBelow({ field }: Selection): GraphQLObjectType {
  const type = getNamedType(field.type)
  if (!isObjectType(type)) throw new Bailout(field.name)
  return type
}
