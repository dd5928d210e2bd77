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

/** What of a subscription its answers depend on: subscribers with the same text get the same answer to the same event. */
export type SharingKey = string

type Reading = Readonly<{ number: number; variables: readonly string[] } | null>

const readings = new WeakMap<GraphQLSchema, WeakMap<OperationDefinitionNode, Reading>>()
let lastNumber = 0

/**
 * The audience of one subscription, or null when its answers are for it alone.
 *
 * Answers are shared only where each root field says so by the extension `sharesResults`: then its arguments decide which events
 * come, and nothing else. Who is asking is part of the audience as a whole, so that nobody is ever given what was
 * made for somebody else.
 */
export function sharingKeyOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  viewer: Viewer | null,
): SharingKey | null {
  if (viewer === null) return null
  const known = readings.get(schema) ?? new WeakMap<OperationDefinitionNode, Reading>()
  readings.set(schema, known)
  const reading = known.has(operation) ? known.get(operation) : read(schema, document, operation)
  known.set(operation, reading ?? null)
  if (reading == null) return null
  const values = reading.variables.map((name) => [name, variables[name]])
  return `${reading.number} ${rightOf(viewer)} ${JSON.stringify(values)}`
}

/** All that rules and resolvers may ask of a viewer, but for what names one session or token: see `live-results.ts`. */
function rightOf(viewer: Viewer): string {
  const scopes = viewer.kind === 'token' ? [...viewer.scopes].sort().join() : ''
  return [viewer.kind, viewer.role, viewer.userId, scopes].join(' ')
}

function read(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Reading {
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
  if (!isShared) return null
  lastNumber += 1
  return { number: lastNumber, variables: [...variables].sort() }
}
