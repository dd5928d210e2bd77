import { GraphQLError } from 'graphql'
import type { OperationLimits } from '../../platform/config/limits.ts'
import type { OperationCost } from './cost.ts'
import type { DocumentMetrics } from './document-metrics.ts'

/** The result of checking an operation: its cost in points, or the errors that keep it from running. */
export type CheckedOperation = Readonly<{ cost: number } | { errors: readonly GraphQLError[] }>

/** The limits on one operation, by the names that errors and `Query.cost` use. */
export type LimitName = Exclude<keyof OperationLimits, 'pageSize'>

const shapeLimits = ['depth', 'fields', 'rootFields', 'aliases', 'repeats', 'directives'] as const satisfies LimitName[]

/** The error for the first limit that the metrics exceed, or null. */
export function limitExceededBy(shape: DocumentMetrics, limits: OperationLimits): GraphQLError | null {
  const name = shapeLimits.find((each) => shape[each] > limits[each])
  return name === undefined ? null : tooComplex(name, shape[name], limits[name])
}

/** The error for an operation that exceeds a limit. `asked` is null if counting stopped early. */
export function tooComplex(limit: LimitName, asked: number | null, allowed: number): GraphQLError {
  return new GraphQLError('This operation exceeds a limit. Request less, or split it into several operations.', {
    extensions: {
      code: 'QUERY_TOO_COMPLEX',
      limit,
      ...(asked !== null && { asked: Math.min(asked, Number.MAX_SAFE_INTEGER) }),
      allowed,
      ...(limit === 'cost' && { cost: asked, maxCost: allowed }),
    },
  })
}

/** The error for a page size outside the allowed range. A silently shortened page would look like the complete list. */
export function pageRefused({ name, node }: OperationCost['pages'][number], pageSize: number): GraphQLError {
  const extensions = { code: 'BAD_USER_INPUT', field: name }
  return new GraphQLError(`${name} must be from 0 to ${pageSize}.`, { nodes: [node], extensions })
}
