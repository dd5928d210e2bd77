import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  subscribe,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import type { DocumentOutcome, DocumentProblem, StoredDocuments } from '../../core/access/stored-documents.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import type { Context, Deps } from '../auth/context.ts'
import { missingScopesOf } from '../auth/missing-scopes.ts'
import { replayOnly } from '../auth/replay.ts'
import { createErrorMask } from '../errors.ts'
import type { Operations } from '../limits/check-operation.ts'
import { contextOf } from './yoga.ts'

type StoredDocumentsOptions = Readonly<{
  schema: GraphQLSchema
  operations: Operations
  /** Called at each run, because the result of `createStoredDocuments` is itself one of the deps. */
  depsOf: () => Deps
}>

const origin = { ipAddress: null, userAgent: null } as const

/**
 * Creates the runner of stored subscriptions, which runs a document once per event. Validation, auth rules and the
 * defaults of arguments are those of live subscriptions.
 */
export function createStoredDocuments({ schema, operations, depsOf }: StoredDocumentsOptions): StoredDocuments {
  function problemsOf(text: string, viewer: Viewer): readonly DocumentProblem[] {
    try {
      const document = operations.parse(text)
      const checked = operations.check(document, null, {}, viewer)
      if ('errors' in checked) return checked.errors.map(problemOf)
      const errors = structureErrorsOf(document)
      if (errors.length > 0) return errors.map(problemOf)
      return liveOnlyIn(schema, document).concat(beyondScopesOf(schema, document, viewer))
    } catch (error) {
      if (error instanceof GraphQLError) return [problemOf(error)]
      throw error
    }
  }

  return {
    problemsOf,
    run: async (text, viewer, event) => {
      const deps = depsOf()
      const mask = createErrorMask(deps)
      const contextValue = contextOf(deps, { operations }, { viewer, origin, setCookie: null })
      replayOnly(contextValue, event)
      const stream = await subscribe({ schema, document: operations.parse(text), contextValue })
      if (!(Symbol.asyncIterator in stream)) return failed(stream.errors?.[0], mask)
      try {
        const { done, value } = await stream.next()
        if (done === true) return { kind: 'filtered' }
        if (value.errors !== undefined) return failed(value.errors[0], mask)
        await recordSent(deps, viewer, contextValue)
        return { kind: 'wanted', data: value.data }
      } catch (error) {
        return failed(error, mask)
      } finally {
        await stream.return()
      }
    },
  }
}

/** @throws AuditUnavailableError if the read can't be recorded in the audit log. Then nothing may be sent. */
async function recordSent({ peopleRead }: Deps, viewer: Viewer, { people }: Context): Promise<void> {
  if (people.isEmpty()) return
  // A preview has no endpoint yet. It runs with the ID of the user who requests it.
  const isEndpoint = viewer.kind === 'token' && viewer.tokenId !== viewer.userId
  await peopleRead.record(people, { via: 'webhook', origin, ...(isEndpoint && { endpointId: viewer.tokenId }) })
}

function failed(error: unknown, mask: (error: unknown) => Error): DocumentOutcome {
  const masked = mask(error)
  const code = masked instanceof GraphQLError ? masked.extensions.code : null
  return { kind: 'failed', code: typeof code === 'string' ? code : 'INTERNAL' }
}

function problemOf(error: GraphQLError): DocumentProblem {
  const [at = null] = error.locations ?? []
  const { code } = error.extensions
  return {
    code: typeof code === 'string' ? code : 'BAD_USER_INPUT',
    message: error.message,
    line: at?.line ?? null,
    column: at?.column ?? null,
    missingScope: [],
  }
}

/** Why a valid document can't be stored: at delivery nothing can provide variables, or choose between operations. */
function structureErrorsOf(document: DocumentNode): GraphQLError[] {
  const operations = document.definitions.filter(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  )
  const [operation] = operations
  if (operation === undefined || operations.length > 1)
    return [structureError('The document must have exactly one operation.')]
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
    return [structureError('The document must be a subscription: `subscription { bookingChanged { … } }`.', operation)]
  }
  if ((operation.variableDefinitions ?? []).length > 0) {
    return [structureError("The document can't have variables. Write the values into it.", operation)]
  }
  return []
}

function structureError(message: string, node?: OperationDefinitionNode | FieldNode): GraphQLError {
  return new GraphQLError(message, { nodes: node ?? null, extensions: { code: 'BAD_USER_INPUT' } })
}

/** Fields and arguments that only work in a live subscription, as declared by their extension `liveOnly`. */
function liveOnlyIn(schema: GraphQLSchema, document: DocumentNode): DocumentProblem[] {
  const found: DocumentProblem[] = []
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: (node) => {
        const field = types.getFieldDef()
        const args = field?.args.filter(({ extensions }) => extensions.liveOnly === true).map(({ name }) => name) ?? []
        const argument = node.arguments?.find(({ name }) => args.includes(name.value))
        const name = field?.extensions.liveOnly === true ? node.name.value : argument?.name.value
        if (name === undefined) return
        found.push(problemOf(structureError(`\`${name}\` only works in a live subscription. Remove it.`, node)))
      },
    }),
  )
  return found
}

/** The selected fields that the viewer's scopes don't cover. Checked again when the document runs. */
function beyondScopesOf(schema: GraphQLSchema, document: DocumentNode, viewer: Viewer): DocumentProblem[] {
  return missingScopesOf(schema, document, null, {}, viewer).map(({ name, node, scopes }) => {
    const { line = null, column = null } = problemOf(new GraphQLError('', { nodes: node }))
    const message =
      scopes.length === 0
        ? `\`${name}\` is available only to signed-in users, so it can't be sent. Remove it.`
        : `\`${name}\` requires the scope ${scopes.join(' or ')}.`
    return { code: 'FORBIDDEN', message, line, column, missingScope: scopes }
  })
}
