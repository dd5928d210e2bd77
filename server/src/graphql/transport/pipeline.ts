import type { GraphQLSchema } from 'graphql'
import type { Deps } from '../auth/context.ts'
import { createOperations, type Operations } from '../limits/check-operation.ts'
import { createOperationRateLimit, type OperationRateLimit } from '../limits/rate-limit.ts'
import { publicSchemaOf } from '../schema/public-schema.ts'

/** The checks and charges of every operation before it runs, over every transport. */
export type Pipeline = Readonly<{ operations: Operations; rateLimit: OperationRateLimit }>

/** Creates the pipeline of a node. */
export function createPipeline(
  { env, rateLimiter }: Pick<Deps, 'env' | 'rateLimiter'>,
  schema: GraphQLSchema,
): Pipeline {
  const limits = env.limits.operation
  return {
    operations: createOperations({ schema, publicSchema: publicSchemaOf(schema), limits }),
    rateLimit: createOperationRateLimit(rateLimiter, limits.cost),
  }
}
