import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import type { Viewer } from '../../core/access/viewer.ts'

/**
 * Everything that a subscription's results depend on. Subscribers with the same key get the same result for an event.
 */
export type SharingKey = string

/**
 * Returns the sharing key of a subscription, or null if its results can't be shared.
 *
 * Results are shared only if each root field declares the extension `sharesResults`: its arguments then only decide
 * which events arrive. The viewer's rights are part of the key, so that nobody receives a result that was produced for
 * others.
 */
export type SharingKeys = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  viewer: Viewer | null,
) => SharingKey | null

/** The variables that an operation's results depend on. Null if its results can't be shared. */
type SharedVariables = readonly string[] | null

/** Creates the sharing keys of a schema's subscriptions. */
export function createSharingKeys(schema: GraphQLSchema): SharingKeys {
  const operations = new WeakMap<OperationDefinitionNode, Readonly<{ number: number; variables: SharedVariables }>>()
  let lastNumber = 0

  return (document, operation, variables, viewer) => {
    if (viewer === null) return null
    let known = operations.get(operation)
    if (known === undefined) {
      lastNumber += 1
      known = { number: lastNumber, variables: sharedVariablesOf(schema, document, operation) }
      operations.set(operation, known)
    }
    if (known.variables === null) return null
    const values = known.variables.map((name) => [name, variables[name]])
    return `${known.number} ${rightsOf(viewer)} ${JSON.stringify(values)}`
  }
}

/** Everything that rules and resolvers may read of a viewer, except session and token IDs: see `live-results.ts`. */
function rightsOf(viewer: Viewer): string {
  const scopes = viewer.kind === 'token' ? [...viewer.scopes].sort().join() : ''
  return [viewer.kind, viewer.role, viewer.userId, scopes].join(' ')
}

function sharedVariablesOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): SharedVariables {
  const root = schema.getSubscriptionType()
  const variables = new Set<string>()
  let isShared = true
  const info = new TypeInfo(schema)
  const visitor = visitWithTypeInfo(info, {
    Field: () => {
      if (info.getParentType() === root && info.getFieldDef()?.extensions.sharesResults !== true) isShared = false
    },
    Argument: () => (info.getParentType() === root && info.getDirective() == null ? false : undefined),
    VariableDefinition: () => false,
    Variable: ({ name }) => void variables.add(name.value),
  })
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  for (const definition of [operation, ...fragments]) visit(definition, visitor)
  return isShared ? [...variables].sort() : null
}
