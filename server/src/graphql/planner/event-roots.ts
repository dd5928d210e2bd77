import { type GraphQLField, type GraphQLObjectType, getNamedType, isListType, isObjectType } from 'graphql'
import type { Where } from '../../platform/database/json-sql/conditions.ts'
import type { Read, Row } from '../../platform/database/json-sql/rows.ts'
import type { Context } from '../auth/context.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import type { Run } from './field-plan.ts'
import type { RootPlan } from './roots.ts'
import { optionsOf, ruleOfType } from './rules.ts'
import { askOf, modelOf, noRows } from './select.ts'
import { checkRule, type Selection } from './selection.ts'
import { planValue } from './values.ts'

const extension = 'churchhubRowOfEvent'

/**
 * Says which row a field of an event shows, null for none, so that what a subscription answers can come by one statement. It
 * goes into the field's `extensions`. The field's resolver must read the same row: it answers wherever the plan doesn't.
 */
export function readsRowOfEvent<Event extends object>(find: (event: Event, context: Context) => Where | null) {
  return { [extension]: find }
}

/** Makes of an event how the root field of a subscription is answered to it. */
export type EventRoot = (event: unknown) => RootPlan

/** One field of the event: a row of its own, or a value that stands on the event. */
type Part = Readonly<{
  key: string
  reads(event: Row, run: Run): readonly Read[]
  answer(event: Row, found: unknown, run: Run): unknown
}>

/** @throws NotPlanned for whatever is not an object that carries values and single rows */
export function planEventRoot(site: Selection): EventRoot {
  const { key, field } = site
  const type = getNamedType(field.type)
  const { resolve } = optionsOf(field)
  if (!isObjectType(type) || typeof resolve !== 'function') throw new Bailout(`Subscription.${field.name}`)
  const parts = site.sitesBelow(type).map((each) => planPart(each))
  const rule = ruleOfType(type)
  const eventIn = (given: unknown, run: Run): Row => {
    const args = site.args.workOut(run)
    checkRule(site, {}, run)
    // Without the `info` that only graphql-js has: who wants it fails here, and is answered there.
    const event: unknown = resolve(given, args, run.context, undefined)
    if (!isRow(event) || event instanceof Promise) throw new Bailout('an event that is no object')
    rule?.(event, {}, run.context, run.words)
    return event
  }
  return (given) => {
    let event: Row = {}
    let reads: (readonly Read[])[] = []
    return {
      key,
      reads: (run) => {
        event = eventIn(given, run)
        reads = parts.map((part) => part.reads(event, run))
        return reads.flat()
      },
      answer: (answers, run) => {
        const left = [...answers]
        const entries = parts.map((part, at): [string, unknown] => {
          const found = reads[at]?.length ? left.shift() : null
          return [part.key, part.answer(event, found, run)]
        })
        return Object.fromEntries(entries)
      },
    }
  }
}

function planPart(site: Selection): Part {
  if (site.field.name === '__typename') return { key: site.key, reads: () => [], answer: () => site.parent.name }
  const find = rowOfEvent(site.field)
  const type = getNamedType(site.field.type)
  if (find !== null && isObjectType(type) && !isListType(site.field.type)) return planRow(site, type, find)
  const { key, ask, answer } = planValue(site)
  return {
    key,
    reads: (_event, run) => {
      // The event is no row, and nothing is read of it: this works out arguments.
      ask(noRows(site.parent.name), run)
      return []
    },
    answer: (event, _found, run) => answer(event, run),
  }
}

function planRow(site: Selection, type: GraphQLObjectType, find: FindRow): Part {
  const plan = site.planBelow(type)
  const complete = completeOf(site.field.type, plan)
  return {
    key: site.key,
    reads: (event, run) => {
      site.args.workOut(run)
      checkRule(site, event, run)
      const where = find(event, run.context)
      return where === null ? [] : [{ kind: 'one', rows: askOf(modelOf(type), plan, run), where }]
    },
    answer: (_event, found, run) => complete(found ?? null, run),
  }
}

type FindRow = (event: object, context: Context) => Where | null

function rowOfEvent({ extensions }: GraphQLField<unknown, unknown>): FindRow | null {
  const find = extensions[extension]
  return typeof find === 'function' ? (find as FindRow) : null // `readsRowOfEvent` put it there
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null
}
