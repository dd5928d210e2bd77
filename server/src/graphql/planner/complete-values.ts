import { type GraphQLOutputType, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql'
import { Bailout } from './bailout.ts'
import type { ObjectPlan, Run } from './field-plan.ts'

/** Turns what a resolver gave into what stands in the answer. */
export type Complete = (value: unknown, run: Run) => unknown

/**
 * Completes values of a type as the specification says ("Value completion"), as far as nothing goes wrong: a null where
 * none may be, an error or a promise is left to graphql-js.
 *
 * @param plan - of the object type at the bottom of the type, or null where that is a leaf
 * @throws NotPlanned for interfaces and unions
 */
export function completeOf(type: GraphQLOutputType, plan: ObjectPlan | null): Complete {
  if (isNonNullType(type)) {
    const inner = completeOf(type.ofType, plan)
    return (value, run) => {
      const completed = inner(value, run)
      if (completed === null) throw new Bailout('null where none may be')
      return completed
    }
  }
  if (isListType(type)) {
    const inner = completeOf(type.ofType, plan)
    return (value, run) => {
      if (value == null) return null
      if (!Array.isArray(value)) throw new Bailout('a list that is no array')
      return value.map((each) => inner(each, run))
    }
  }
  if (isLeafType(type)) {
    return (value) => (value == null ? null : leafOf(type.coerceOutputValue(settled(value))))
  }
  if (isObjectType(type) && plan !== null) {
    return (value, run) => {
      if (value == null) return null
      const parent = settled(value)
      if (!isRecord(parent)) throw new Bailout('an object that is none')
      return plan.answer(parent, run)
    }
  }
  throw new Bailout(String(type))
}

function leafOf(value: unknown): unknown {
  if (value == null) throw new Bailout('a leaf without a value')
  return value
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function settled(value: unknown): unknown {
  if (value instanceof Error) throw new Bailout('a resolver gave an error')
  if (value instanceof Promise) {
    // Nobody waits for it; that it fails must not count as an unhandled rejection.
    value.catch(() => undefined)
    throw new Bailout('a resolver gave a promise')
  }
  return value
}
