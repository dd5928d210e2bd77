import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import type { Viewer } from '../../core/access/viewer.ts'
import type { OperationLimits } from '../../platform/config/limits.ts'
import { costOf, type OperationCost, operationOf } from './cost.ts'
import { costInPoints, pageOutOfRange, type RawVariables } from './cost-budget.ts'
import { documentMetricsOf } from './document-metrics.ts'
import { type CheckedOperation, limitExceededBy, pageRefused, tooComplex } from './refusals.ts'
import { type OperationReport, reportOn } from './report.ts'
import { withoutValues } from './without-values.ts'

/** Parses and checks operations. Results are cached per document, so a known document costs microseconds. */
export type Operations = Readonly<{
  limits: OperationLimits
  /**
   * Parses a document. The same text always returns the same object.
   * @throws GraphQLError with a code, for a syntax error or too many tokens
   */
  parse(text: string): DocumentNode
  /**
   * Checks an operation before it runs: whether its document is valid for this viewer, whether it is within every
   * limit, and what it costs with these variables. Errors carry codes and quote no value from the request.
   *
   * A visitor's document is validated only against the public schema, so that the response can't reveal any other name.
   */
  check(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: RawVariables,
    viewer: Viewer | null,
  ): CheckedOperation
  /**
   * Reports the result of `check`, the distance from each limit, and the most expensive field. Never throws a
   * GraphQLError.
   */
  report(text: string, operationName: string | null, variables: RawVariables, viewer: Viewer | null): OperationReport
}>

export type OperationsOptions = Readonly<{
  schema: GraphQLSchema
  /** The subset of the schema that visitors can use. */
  publicSchema: GraphQLSchema
  limits: OperationLimits
  /** The errors for the fields of a valid operation that the viewer's token may not read. */
  scopeErrors?: (
    document: DocumentNode,
    operationName: string | null,
    variables: RawVariables,
    viewer: Viewer | null,
  ) => readonly GraphQLError[]
}>

const visitorRules = [...specifiedRules, NoSchemaIntrospectionCustomRule]

/** The maximum number of cached documents. A client uses a few dozen. */
const rememberedDocuments = 1_000

type Known = { errors: readonly GraphQLError[]; costs: Map<string, OperationCost | null> }

/** Creates the parser and checker for all transports. */
export function createOperations({
  schema,
  publicSchema,
  limits,
  scopeErrors = () => [],
}: OperationsOptions): Operations {
  const documents = new Map<string, DocumentNode>()
  const known = { visitor: new WeakMap<DocumentNode, Known>(), viewer: new WeakMap<DocumentNode, Known>() }

  function checkDocument(document: DocumentNode, isVisitor: boolean): Known {
    const remembered = known[isVisitor ? 'visitor' : 'viewer']
    const before = remembered.get(document)
    if (before !== undefined) return before
    const now = { errors: errorsIn(document, isVisitor), costs: new Map() }
    remembered.set(document, now)
    return now
  }

  function errorsIn(document: DocumentNode, isVisitor: boolean): readonly GraphQLError[] {
    // Checked before validation, because some validation rules compare every field with every other.
    for (const shape of documentMetricsOf(document).values()) {
      const error = limitExceededBy(shape, limits)
      if (error !== null) return [error]
    }
    if (isVisitor) {
      return validate(publicSchema, document, visitorRules, { maxErrors: 1 }).length === 0 ? [] : [signInFirst]
    }
    return validate(schema, document).map(coded)
  }

  function costIn(document: DocumentNode, operation: OperationDefinitionNode, { costs }: Known): OperationCost {
    const name = operation.name?.value ?? ''
    const cost = costs.get(name) ?? costOf(schema, document, operation)
    costs.set(name, cost)
    return cost
  }

  function parseRemembered(text: string): DocumentNode {
    const remembered = documents.get(text)
    if (remembered !== undefined) return remembered
    const document = parseWithin(text, limits.tokens)
    // Evicts the oldest document. A flood of new documents costs the active ones an occasional reparse.
    if (documents.size >= rememberedDocuments) documents.delete(documents.keys().next().value ?? '')
    documents.set(text, document)
    return document
  }

  function check(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: RawVariables,
    viewer: Viewer | null,
  ): CheckedOperation {
    const checked = checkDocument(document, viewer === null)
    if (checked.errors.length > 0) return { errors: checked.errors }
    const operation = operationOf(document, operationName ?? null)
    // Execution reports the missing operation.
    if (operation === null) return { cost: 1 }
    const cost = costIn(document, operation, checked)
    const page = pageOutOfRange(cost, variables, limits.pageSize)
    if (page !== null) return { errors: [pageRefused(page, limits.pageSize)] }
    const points = costInPoints(cost, variables)
    return points > limits.cost ? { errors: [tooComplex('cost', points, limits.cost)] } : { cost: points }
  }

  return {
    limits,
    parse: parseRemembered,
    check,
    report: (text, operationName, variables, viewer) =>
      reportOn(
        {
          limits,
          parse: parseRemembered,
          check: (document) => check(document, operationName, variables, viewer),
          scopeErrors: (document) => scopeErrors(document, operationName, variables, viewer),
          costOf: (document, operation) => costIn(document, operation, checkDocument(document, viewer === null)),
        },
        text,
        operationName,
        variables,
      ),
  }
}

/**
 * The error for everything a visitor can't request. The message is the same whether or not the requested name exists.
 */
const signInFirst = new GraphQLError(
  'Sign in first. Without a session or a token, only the sign-in operations of docs/api.md are accepted.',
  { extensions: { code: 'UNAUTHENTICATED' } },
)

function parseWithin(text: string, maxTokens: number): DocumentNode {
  try {
    return parse(text, { maxTokens })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    if (error.message.includes(`more than ${maxTokens} tokens`)) throw tooComplex('tokens', null, maxTokens)
    throw coded(error)
  }
}

function coded(error: GraphQLError): GraphQLError {
  const code = error.message.startsWith('Syntax Error') ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED'
  return new GraphQLError(withoutValues(error.message), {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    extensions: { code, ...error.extensions },
  })
}
