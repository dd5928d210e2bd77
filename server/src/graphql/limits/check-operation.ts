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

/** Parses and checks operations. Both are remembered by document, so that a known one costs microseconds. */
export type Operations = Readonly<{
  limits: OperationLimits
  /**
   * The document of a text: the same object for the same text.
   * @throws GraphQLError with a code, for what is no GraphQL or has too many tokens
   */
  parse(text: string): DocumentNode
  /**
   * Everything that is decided before an operation runs: whether its document is valid for this viewer and within every limit,
   * and what it costs with these variables. Its errors carry codes, and repeat no value that was sent.
   *
   * A visitor's document is checked against the public schema alone, so nothing about any other name can be in the answer.
   */
  check(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: RawVariables,
    viewer: Viewer | null,
  ): CheckedOperation
  /** Says what `check` would, how far it is from each limit, and which field costs most. Whatever is wrong is in the report. */
  report(text: string, operationName: string | null, variables: RawVariables, viewer: Viewer | null): OperationReport
}>

export type OperationsOptions = Readonly<{
  schema: GraphQLSchema
  /** What a visitor may ask. */
  publicSchema: GraphQLSchema
  limits: OperationLimits
}>

const visitorRules = [...specifiedRules, NoSchemaIntrospectionCustomRule]

/** Documents remembered; a client has some dozens. */
const rememberedDocuments = 1_000

type Known = { errors: readonly GraphQLError[]; costs: Map<string, OperationCost | null> }

/** Creates what parses and checks operations, the same over every transport. */
export function createOperations({ schema, publicSchema, limits }: OperationsOptions): Operations {
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
    // Before validation, some of whose rules compare each field with each other.
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
    // The oldest goes first. A flood of ever new ones costs those in use a parse now and then.
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
    // Executing it will say that there is none of that name.
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
          costOf: (document, operation) => costIn(document, operation, checkDocument(document, viewer === null)),
        },
        text,
        operationName,
        variables,
      ),
  }
}

/**
 * What a visitor gets for whatever a visitor may not ask. One text, whether what was asked for exists or not.
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
