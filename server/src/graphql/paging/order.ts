import { getDatamodel } from '../../generated/pothos.ts'
import * as enums from '../../generated/prisma/enums.ts'
import type { Where } from '../../platform/database/json-sql/conditions.ts'
import type { PositionValue } from './position.ts'

/** One column of an order. */
type OrderColumn = Readonly<{
  name: string
  isDescending: boolean
  /** Where rows without a value are. Null if every row has one. */
  nulls: 'first' | 'last' | null
  /** The values of an enum in the database's order. Null for any other column. */
  values: readonly string[] | null
}>

/** The order of a list. Its last column is unique, so that the order is total. */
export type Order = readonly OrderColumn[]

const { models } = getDatamodel().datamodel

/** The direction of a column in a Prisma `orderBy`. */
type SortInput = Readonly<{ sort?: unknown; nulls?: unknown }>

/** Parses a Prisma `orderBy`: a list of objects with one column each. */
export function orderOf(model: string, orderBy: readonly object[]): Order {
  return orderBy.flatMap((each) =>
    Object.entries(each).map(([name, sort]: [string, unknown]): OrderColumn => {
      const field = models[model]?.fields.find((column) => column.name === name)
      if (field === undefined) throw new Error(`${model} has no column ${name} to order by`)
      const given: SortInput = typeof sort === 'object' && sort !== null ? sort : { sort }
      const isDescending = given.sort === 'desc'
      // PostgreSQL treats null as larger than any value.
      const nulls = given.nulls === 'first' || (given.nulls === undefined && isDescending) ? 'first' : 'last'
      return {
        name,
        isDescending,
        nulls: field.isRequired ? null : nulls,
        values: field.kind === 'enum' ? valuesOf(field.type) : null,
      }
    }),
  )
}

function valuesOf(type: string): readonly string[] {
  const values: unknown = Reflect.get(enums, type)
  return typeof values === 'object' && values !== null ? Object.values(values) : []
}

/** The Prisma `select` of the columns. */
export function selectOf(order: Order): Record<string, true> {
  return Object.fromEntries(order.map(({ name }) => [name, true]))
}

/**
 * The condition that a row comes after a position in the order, or before it: (a, b) > (x, y) as a > x, or a = x and
 * b > y. A bound on the first column precedes it, which an index or the partitions can answer.
 */
export function beyond(order: Order, values: readonly PositionValue[], isBackward: boolean): Where {
  const alternatives: Where[] = order.map((column, at) => {
    const ties = order.slice(0, at).map(({ name }, tie) => ({ [name]: values[tie] ?? null }))
    return { AND: [...ties, isFurther(column, values[at] ?? null, isBackward)] }
  })
  const [first] = order
  const start = values[0] ?? null
  const bound = first === undefined || start === null || first.values !== null || first.nulls !== null ? [] : [first]
  return {
    AND: [
      ...bound.map(({ name, isDescending }) => ({ [name]: { [isDescending === isBackward ? 'gte' : 'lte']: start } })),
      { OR: alternatives },
    ],
  }
}

/** The condition that a row's value in one column comes strictly after a value, or before it. */
function isFurther(column: OrderColumn, value: PositionValue, isBackward: boolean): Where {
  const { name, isDescending, nulls } = column
  // Whether the rows without a value are still ahead.
  const isTowardsNulls = nulls !== null && (nulls === 'last') !== isBackward
  // No value is in an empty list. Prisma omits an empty OR in an AND.
  if (value === null) return { [name]: isTowardsNulls ? { in: [] } : { not: null } }
  const isUpward = isDescending === isBackward
  const further = {
    [name]: column.values === null ? { [isUpward ? 'gt' : 'lt']: value } : { in: rest(column.values, value, isUpward) },
  }
  return isTowardsNulls ? { OR: [further, { [name]: null }] } : further
}

function rest(values: readonly string[], value: PositionValue, isUpward: boolean): string[] {
  const at = values.indexOf(String(value))
  return isUpward ? values.slice(at + 1) : values.slice(0, Math.max(at, 0))
}
