import { type DocumentNode, GraphQLError, type OperationDefinitionNode } from 'graphql'
import type { OperationLimits } from '../../platform/config/limits.ts'
import { type OperationCost, operationOf } from './cost.ts'
import { costInPoints, mostExpensiveField, type RawVariables } from './cost-budget.ts'
import { type DocumentMetrics, documentMetricsOf } from './document-metrics.ts'
import type { CheckedOperation, LimitName } from './refusals.ts'

/** The report on one operation: its cost, the limits, and the errors it would end with. */
export type OperationReport = Readonly<{
  /** The cost in points with these variables. Null if the document can't be counted. */
  cost: number | null
  maxCost: number
  limits: readonly Readonly<{ name: LimitName; asked: number | null; allowed: number }>[]
  mostExpensive: Readonly<{ path: string; points: number }> | null
  /** The errors that would keep the operation from running. */
  errors: readonly GraphQLError[]
  /** The errors of fields that the viewer's token lacks a scope for. The others would be answered. */
  scopeErrors: readonly GraphQLError[]
}>

type ReportedOperations = Readonly<{
  limits: OperationLimits
  parse(text: string): DocumentNode
  check(document: DocumentNode): CheckedOperation
  costOf(document: DocumentNode, operation: OperationDefinitionNode): OperationCost
  scopeErrors(document: DocumentNode): readonly GraphQLError[]
}>

/** Checks an operation without running it. Its errors are part of the report. */
export function reportOn(
  operations: ReportedOperations,
  text: string,
  operationName: string | null,
  variables: RawVariables,
): OperationReport {
  const { limits } = operations
  let document: DocumentNode
  try {
    document = operations.parse(text)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return {
      cost: null,
      maxCost: limits.cost,
      limits: limitsOf(limits, null, null, null),
      mostExpensive: null,
      errors: [error],
      scopeErrors: [],
    }
  }
  const operation = operationOf(document, operationName)
  const shape = operation === null ? null : (documentMetricsOf(document).get(operation) ?? null)
  const checked = operation === null ? { errors: [unknownOperationError()] } : operations.check(document)
  const counted = operation === null || !isCountable(checked) ? null : operations.costOf(document, operation)
  const cost = counted === null ? null : costInPoints(counted, variables)
  return {
    cost,
    maxCost: limits.cost,
    limits: limitsOf(limits, shape, cost, document.tokenCount ?? null),
    mostExpensive: counted === null ? null : mostExpensiveField(counted, variables),
    errors: 'errors' in checked ? checked.errors : [],
    scopeErrors: counted === null ? [] : operations.scopeErrors(document),
  }
}

function limitsOf(limits: OperationLimits, shape: DocumentMetrics | null, cost: number | null, tokens: number | null) {
  const asked = { ...shape, cost, tokens }
  const names = ['cost', 'depth', 'fields', 'rootFields', 'aliases', 'repeats', 'directives', 'tokens'] as const
  return names.map((name) => ({ name, asked: asked[name] ?? null, allowed: limits[name] }))
}

/** An invalid document has no cost, nor has one that exceeds a limit before its cost is computed. */
function isCountable(checked: CheckedOperation): boolean {
  if ('cost' in checked) return true
  return checked.errors.every(({ extensions }) => extensions.limit === 'cost' || extensions.code === 'BAD_USER_INPUT')
}

function unknownOperationError(): GraphQLError {
  return new GraphQLError(
    'The document has no operation with this name, or several operations and no name was given.',
    {
      extensions: { code: 'BAD_USER_INPUT', field: 'operationName' },
    },
  )
}
