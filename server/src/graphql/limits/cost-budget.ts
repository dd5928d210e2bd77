import { type ArgumentSource, type CostNode, defaultPageSize, type OperationCost, type Times } from './cost.ts'

/** The maximum of GraphQL's Int. Higher costs are capped to it, and still exceed the limit. */
const maxPoints = 2 ** 31 - 1

/** The variables of a request as received, before they are coerced to their types. */
export type RawVariables = Readonly<Record<string, unknown>> | null | undefined

/** The cost of an operation with these variables, in points. At least 1. */
export function costInPoints(cost: OperationCost, variables: RawVariables): number {
  const value = valuesOf(cost, variables)
  let points = 0
  for (const root of cost.roots) points += pointsOfNode(root, value)
  return Math.min(maxPoints, Math.max(1, points * cost.runs))
}

/** The field that contributes most to the cost: its own points and those of the leaf fields below it, for all rows. */
export function mostExpensiveField(
  cost: OperationCost,
  variables: RawVariables,
): Readonly<{ path: string; points: number }> | null {
  const value = valuesOf(cost, variables)
  let max: { path: string; points: number } | null = null
  const visit = (node: CostNode, rows: number) => {
    if (!isSelected(node, value)) return
    const times = timesOf(node.times, value)
    let points = ownPointsOf(node, value) * rows
    for (const child of node.children) {
      if (child.children.length === 0) points += pointsOfNode(child, value) * rows * times
      else visit(child, rows * times)
    }
    if (max === null || points > max.points) max = { path: node.path, points: Math.min(maxPoints, points) }
  }
  for (const root of cost.roots) visit(root, cost.runs)
  return max
}

/** The first `first` or `last` argument outside 0 to `pageSize`, or null. */
export function pageOutOfRange(
  cost: OperationCost,
  variables: RawVariables,
  pageSize: number,
): OperationCost['pages'][number] | null {
  if (cost.pages.length === 0) return null
  const value = valuesOf(cost, variables)
  for (const page of cost.pages) {
    const requested = value(page.source)
    if (typeof requested === 'number' && (requested < 0 || requested > pageSize)) return page
  }
  return null
}

type ValueOf = (argument: ArgumentSource) => unknown

function valuesOf({ defaults }: OperationCost, variables: RawVariables): ValueOf {
  return (argument) => {
    if ('value' in argument) return argument.value
    const requested = variables?.[argument.variable]
    return requested === undefined ? defaults.get(argument.variable) : requested
  }
}

function pointsOfNode(node: CostNode, value: ValueOf): number {
  if (node.fixed !== null) return node.fixed
  if (!isSelected(node, value)) return 0
  let pointsBelow = 0
  for (const child of node.children) pointsBelow += pointsOfNode(child, value)
  return ownPointsOf(node, value) + (pointsBelow === 0 ? 0 : pointsBelow * timesOf(node.times, value))
}

function ownPointsOf(node: CostNode, value: ValueOf): number {
  let points = node.own
  for (const variable of node.lists) points += elementsIn(value({ variable }))
  return points
}

function timesOf(times: Times, value: ValueOf): number {
  if (typeof times === 'number') return times
  if ('page' in times) {
    const requested = times.page.map(value).filter((size) => typeof size === 'number')
    return requested.length === 0 ? defaultPageSize : Math.max(0, ...requested)
  }
  return Math.max(times.atLeast, ...times.lengthOf.map((argument) => lengthOf(value(argument))))
}

function isSelected({ conditions }: CostNode, value: ValueOf): boolean {
  return conditions.every(({ variable, selects }) => value({ variable }) !== !selects)
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1
}

function elementsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let elements = Array.isArray(value) ? value.length : 0
  for (const each of Object.values(value)) elements += elementsIn(each)
  return elements
}
