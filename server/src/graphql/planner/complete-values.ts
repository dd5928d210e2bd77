import { type GraphQLOutputType, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql'
import { Bailout } from './bailout.ts'
import type { ObjectPlan, Run } from './field-plan.ts'

/** Completes a resolved value into its value in the response. */
export type Complete = (value: unknown, run: Run) => unknown

/**
 * Completes values of a type as the specification defines ("Value completion"). Bails out on a null that isn't allowed,
 * an error or a promise.
 *
 * @param plan - the plan of the object type inside the type's wrappers; null for a leaf type
 * @throws Bailout for interfaces and unions
 */
export function completeOf(type: GraphQLOutputType, plan: ObjectPlan | null): Complete {
  if (isNonNullType(type)) {
    const inner = completeOf(type.ofType, plan)
    return (value, run) => {
      const completed = inner(value, run)
      if (completed === null) throw new Bailout('null of a non-null type')
      return completed
    }
  }
  if (isListType(type)) {
    const inner = completeOf(type.ofType, plan)
    return (value, run) => {
      if (value == null) return null
      if (!Array.isArray(value)) throw new Bailout('a list that is not an array')
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
      if (!isRecord(parent)) throw new Bailout('an object that is not one')
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
  if (value instanceof Error) throw new Bailout('a resolver returned an error')
  if (value instanceof Promise) {
    // Prevents an unhandled rejection.
    value.catch(() => undefined)
    throw new Bailout('a resolver returned a promise')
  }
  return value
}
