import { type ExecutionResult, GraphQLError, getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { Counter, Histogram } from 'prom-client'
import type { Metrics } from '../../platform/logging/metrics.ts'
import type { Operations } from './check-operation.ts'

/** `none`: the document can't be read. */
type OperationType = 'query' | 'mutation' | 'subscription' | 'none'

/** `partial`: some fields failed. `refused`: over a limit, or over the rate limit. `invalid`: not valid GraphQL. */
type Outcome = 'ok' | 'partial' | 'failed' | 'refused' | 'invalid'

/** What `/metrics` says about GraphQL. Labels are words of closed lists, never a part of a document. */
export type OperationMetrics = Readonly<{
  /** Counts an operation that was executed. A subscription counts when it starts. */
  executed(type: OperationType, result: ExecutionResult | null, startedAt: number): void
  /** Counts an operation that was not executed. */
  notExecuted(errors: readonly unknown[]): void
}>

/** Seconds. The slowest statement ends after 15. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]

/** Adds the metrics of GraphQL operations to a registry. Call this once per registry. */
export function createOperationMetrics(registry: Metrics): OperationMetrics {
  const registers = [registry]
  const operations = new Counter({
    name: 'churchhub_graphql_operations_total',
    help: 'GraphQL operations by type and outcome: ok, partial, failed, refused, invalid.',
    labelNames: ['type', 'outcome'] as const,
    registers,
  })
  const durations = new Histogram({
    name: 'churchhub_graphql_operation_duration_seconds',
    help: 'Duration of executed GraphQL operations by type. For a subscription, until it has started.',
    labelNames: ['type'] as const,
    buckets,
    registers,
  })
  const refusals = new Counter({
    name: 'churchhub_graphql_refusals_total',
    help: 'GraphQL operations refused before they ran, by the limit that they exceed: rate, or one of docs/api.md.',
    labelNames: ['limit'] as const,
    registers,
  })

  function count(type: OperationType, outcome: Outcome): void {
    operations.inc({ type, outcome })
  }

  return {
    executed: (type, result, startedAt) => {
      const { data, errors } = result ?? { data: {} }
      // Only what charges operations answers without `data`.
      if (data === undefined && errors?.[0]?.extensions.code === 'RATE_LIMITED') {
        refusals.inc({ limit: 'rate' })
        count(type, 'refused')
        return
      }
      durations.observe({ type }, (performance.now() - startedAt) / 1_000)
      if (errors === undefined || errors.length === 0) count(type, 'ok')
      else count(type, data ? 'partial' : 'failed')
    },
    notExecuted: ([error]) => {
      const limit = error instanceof GraphQLError ? error.extensions.limit : undefined
      if (typeof limit === 'string') refusals.inc({ limit })
      count('none', typeof limit === 'string' ? 'refused' : 'invalid')
    },
  }
}

/** The same operations, with what they refuse counted. */
export function withMetrics(operations: Operations, metrics: OperationMetrics): Operations {
  return {
    ...operations,
    parse: (text) => {
      try {
        return operations.parse(text)
      } catch (error) {
        metrics.notExecuted([error])
        throw error
      }
    },
    check: (...operation) => {
      const checked = operations.check(...operation)
      if ('errors' in checked) metrics.notExecuted(checked.errors)
      return checked
    },
  }
}

/** Counts the operations that Yoga executes, over every transport. Comes before the plugin that charges them. */
export function countOperations(metrics: OperationMetrics): Plugin {
  return {
    onExecute: ({ args: { document, operationName } }) => {
      const startedAt = performance.now()
      const type = getOperationAST(document, operationName)?.operation ?? 'none'
      return {
        onExecuteDone: ({ result }) =>
          metrics.executed(type, Symbol.asyncIterator in result ? null : result, startedAt),
      }
    },
    onSubscribe: () => {
      const startedAt = performance.now()
      return {
        onSubscribeResult: ({ result }) =>
          metrics.executed('subscription', Symbol.asyncIterator in result ? null : result, startedAt),
      }
    },
  }
}
