import { type GraphQLObjectType, getNamedType, isListType, isObjectType } from 'graphql'
import type { Read, Row } from '../../platform/database/json-sql/rows.ts'
import { Bailout } from './bailout.ts'
import { completeOf } from './complete-values.ts'
import { type FindEventRow, rowOfEventReadBy } from './declarations.ts'
import type { Run } from './field-plan.ts'
import { optionsOf } from './pothos-internals.ts'
import type { RootPlan } from './roots.ts'
import { ruleOfType } from './rules.ts'
import { emptyRows, modelOf, rowsToReadOf } from './select.ts'
import { checkRule, type Selection } from './selection.ts'
import { planValue } from './values.ts'

/** The plan of a subscription's root field for one event. */
export type EventRoot = (event: unknown) => RootPlan

/** A field of the event: a row that it refers to, or a value of its own. */
type Part = Readonly<{
  key: string
  reads(event: Row, run: Run): readonly Read[]
  answer(event: Row, found: unknown, run: Run): unknown
}>

/** @throws Bailout for events other than objects of values and single rows */
export function planEventRoot(selection: Selection): EventRoot {
  const { key, field } = selection
  const type = getNamedType(field.type)
  const { resolve } = optionsOf(field)
  if (!isObjectType(type) || typeof resolve !== 'function') throw new Bailout(`Subscription.${field.name}`)
  const parts = selection.selectionsBelow(type).map((each) => planPart(each))
  const rule = ruleOfType(type)
  const eventIn = (payload: unknown, run: Run): Row => {
    const args = selection.args.coerce(run)
    checkRule(selection, {}, run)
    // Without `info`, which only graphql-js can provide. A resolver that uses it throws, and graphql-js answers
    // instead.
    const event: unknown = resolve(payload, args, run.context, undefined)
    if (!isRow(event) || event instanceof Promise) throw new Bailout('an event that is not an object')
    rule?.(event, {}, run.context, run.scopeMap)
    return event
  }
  return (payload) => {
    let event: Row = {}
    let reads: (readonly Read[])[] = []
    return {
      key,
      reads: (run) => {
        event = eventIn(payload, run)
        reads = parts.map((part) => part.reads(event, run))
        return reads.flat()
      },
      answer: (answers, run) => {
        const remaining = [...answers]
        const entries = parts.map((part, at): [string, unknown] => {
          const found = reads[at]?.length ? remaining.shift() : null
          return [part.key, part.answer(event, found, run)]
        })
        return Object.fromEntries(entries)
      },
    }
  }
}

function planPart(selection: Selection): Part {
  if (selection.field.name === '__typename')
    return { key: selection.key, reads: () => [], answer: () => selection.parent.name }
  const find = rowOfEventReadBy(selection.field)
  const type = getNamedType(selection.field.type)
  if (find !== null && isObjectType(type) && !isListType(selection.field.type)) return planRow(selection, type, find)
  const { key, addReads, answer } = planValue(selection)
  return {
    key,
    reads: (_event, run) => {
      // The event isn't a row, so there is nothing to read. This call coerces the arguments.
      addReads(emptyRows(selection.parent.name), run)
      return []
    },
    answer: (event, _found, run) => answer(event, run),
  }
}

function planRow(selection: Selection, type: GraphQLObjectType, find: FindEventRow): Part {
  const plan = selection.planBelow(type)
  const complete = completeOf(selection.field.type, plan)
  return {
    key: selection.key,
    reads: (event, run) => {
      selection.args.coerce(run)
      checkRule(selection, event, run)
      const where = find(event, run.context)
      return where === null ? [] : [{ kind: 'one', rows: rowsToReadOf(modelOf(type), plan, run), where }]
    },
    answer: (_event, found, run) => complete(found ?? null, run),
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null
}
