import type { GraphQLSchema } from 'graphql'
import type { Deps } from '../auth/context.ts'
import { createOperations, type Operations } from '../limits/check-operation.ts'
import { createOperationRateLimit, type OperationRateLimit } from '../limits/rate-limit.ts'
import { publicSchemaOf } from '../schema/public-schema.ts'

/** What every operation passes before it runs, whichever door it came in by: it is checked, then paid for. */
export type Pipeline = Readonly<{ operations: Operations; spending: OperationRateLimit }>

/** Makes the one gate of a node. */
export function createPipeline({ env, budgets }: Pick<Deps, 'env' | 'budgets'>, schema: GraphQLSchema): Pipeline {
  const limits = env.limits.operation
  return {
    operations: createOperations({ schema, publicSchema: publicSchemaOf(schema), limits }),
    spending: createOperationRateLimit(budgets, limits.cost),
  }
}
