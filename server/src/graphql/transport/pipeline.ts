import type { GraphQLSchema } from 'graphql'
import type { Metrics } from '../../platform/logging/metrics.ts'
import type { Deps } from '../auth/context.ts'
import { missingScopesOf, scopeErrorsOf } from '../auth/missing-scopes.ts'
import { createNoteUsedFields, type NoteUsedFields } from '../auth/used-fields.ts'
import { createOperations, type Operations } from '../limits/check-operation.ts'
import { createOperationMetrics, type OperationMetrics } from '../limits/operation-metrics.ts'
import { createOperationRateLimit, type OperationRateLimit } from '../limits/rate-limit.ts'
import { publicSchemaOf } from '../schema/public-schema.ts'
import { createPersistedDocuments, type PersistedDocuments } from './persisted-documents.ts'

/** What every operation passes before it runs, over every transport: its document's text, its checks, its charge. */
export type Pipeline = Readonly<{
  documents: PersistedDocuments
  operations: Operations
  metrics: OperationMetrics
  noteUsedFields: NoteUsedFields
  rateLimit: OperationRateLimit
}>

/** Creates the pipeline of a node. */
export function createPipeline(
  {
    env,
    rateLimiter,
    fieldUses,
    metrics,
  }: Pick<Deps, 'env' | 'rateLimiter' | 'fieldUses'> & Readonly<{ metrics: Metrics }>,
  schema: GraphQLSchema,
): Pipeline {
  const limits = env.limits.operation
  return {
    documents: createPersistedDocuments(),
    operations: createOperations({
      schema,
      publicSchema: publicSchemaOf(schema),
      limits,
      scopeErrors: (...operation) => scopeErrorsOf(missingScopesOf(schema, ...operation)),
    }),
    metrics: createOperationMetrics(metrics),
    noteUsedFields: createNoteUsedFields(schema, fieldUses),
    rateLimit: createOperationRateLimit(rateLimiter, limits.cost),
  }
}
