import { GraphQLError } from 'graphql'
import type { OperationLimits } from '../../platform/config/limits.ts'
import type { OperationCost } from './cost.ts'
import type { DocumentMetrics } from './document-metrics.ts'

/** What came of checking one operation: its points, or why it will not run. */
export type CheckedOperation = Readonly<{ cost: number } | { errors: readonly GraphQLError[] }>

/** The limits of one operation, by the names that errors and `Query.cost` use. */
export type LimitName = Exclude<keyof OperationLimits, 'pageSize'>

const shapeLimits = ['depth', 'fields', 'rootFields', 'aliases', 'repeats', 'directives'] as const satisfies LimitName[]

/** The first limit that a shape goes beyond, or null. */
export function limitExceededBy(shape: DocumentMetrics, limits: OperationLimits): GraphQLError | null {
  const name = shapeLimits.find((each) => shape[each] > limits[each])
  return name === undefined ? null : tooComplex(name, shape[name], limits[name])
}

/** The refusal of an operation that asks for more than one operation may. `asked` is null where counting stopped early. */
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

/** The refusal of a page that is larger than a page may be: fewer rows than were asked for would look like all. */
export function pageRefused({ name, node }: OperationCost['pages'][number], pageSize: number): GraphQLError {
  const extensions = { code: 'BAD_USER_INPUT', field: name }
  return new GraphQLError(`${name} must be from 0 to ${pageSize}.`, { nodes: [node], extensions })
}
