import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql'
import type { TokenViewer, Viewer } from '../../core/access/viewer.ts'
import { conditionsOf, operationOf } from '../limits/cost.ts'
import type { RawVariables } from '../limits/cost-budget.ts'
import { type Requirement, requirementsOfField, requirementsOfType } from './scope-requirements.ts'

/** A selected field or type that a token may not read. */
export type MissingScope = Readonly<{
  /** `Query.users`, or the name of a type that a fragment selects. */
  name: string
  node: FieldNode | InlineFragmentNode | FragmentDefinitionNode
  /** The token needs one of these. Empty: no token may read it. */
  scopes: Requirement
}>

/** An operation of a valid document. */
export type ScopedOperation = Readonly<{
  schema: GraphQLSchema
  operation: OperationDefinitionNode
  fragments: Readonly<Record<string, FragmentDefinitionNode>>
  /** The value of a variable of `@include` and `@skip`. */
  variableOf: (variable: string) => unknown
}>

/** Everything in an operation that a token may not read, in document order. Each fragment is visited once. */
export function missingScopesIn({ schema, operation, fragments, variableOf }: ScopedOperation, viewer: TokenViewer) {
  const missing: MissingScope[] = []
  const visited = new Set<string>()

  function add(name: string, node: MissingScope['node'], requirements: readonly Requirement[]): void {
    const seen = new Set<string>()
    for (const scopes of requirements) {
      if (seen.has(scopes.join()) || scopes.some((scope) => viewer.scopes.has(scope))) continue
      seen.add(scopes.join())
      missing.push({ name, node, scopes })
    }
  }

  function visit(set: SelectionSetNode, parent: GraphQLCompositeType): void {
    for (const selection of set.selections) {
      if (isSelected(selection, variableOf)) visitSelection(selection, parent)
    }
  }

  function visitSelection(selection: SelectionNode, parent: GraphQLCompositeType): void {
    if (selection.kind === Kind.FIELD) {
      visitField(selection, parent)
      return
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value]
    if (fragment === undefined) return
    if (fragment.kind === Kind.FRAGMENT_DEFINITION) {
      if (visited.has(fragment.name.value)) return
      visited.add(fragment.name.value)
    }
    const named = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value)
    const type = isCompositeType(named) ? named : parent
    // An interface requires nothing itself. The types that implement it do.
    if (isObjectType(type) && type !== parent) add(type.name, fragment, requirementsOfType(type))
    visit(fragment.selectionSet, type)
  }

  function visitField(node: FieldNode, parent: GraphQLCompositeType): void {
    const field = isUnionType(parent) ? undefined : parent.getFields()[node.name.value]
    if (isUnionType(parent) || field === undefined || parent.name.startsWith('__')) return
    const owner = parent as GraphQLObjectType // only its fields are read, which an interface has too
    const requirements = requirementsOfField(schema, owner, field)
    add(`${parent.name}.${field.name}`, node, requirements)
    // Nothing below it can be reached, whatever the scopes.
    if (requirements.some((scopes) => scopes.length === 0)) return
    const type = getNamedType(field.type)
    if (node.selectionSet !== undefined && isCompositeType(type)) visit(node.selectionSet, type)
  }

  const root = schema.getRootType(operation.operation)
  if (root) visit(operation.selectionSet, root)
  return missing
}

/** Everything in an operation of a valid document that a viewer's token may not read. Empty for a signed-in user. */
export function missingScopesOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
  variables: RawVariables,
  viewer: Viewer | null,
): readonly MissingScope[] {
  const operation = operationOf(document, operationName)
  if (viewer?.kind !== 'token' || operation === null) return []
  const fragments = Object.fromEntries(
    document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
  )
  const variableOf = (name: string) => {
    const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)
    return variables?.[name] ?? (definition?.defaultValue && valueFromASTUntyped(definition.defaultValue))
  }
  return missingScopesIn({ schema, operation, fragments, variableOf }, viewer)
}

/** One error for each scope and each session-only field that a token lacks, at the first place that requires it. */
export function scopeErrorsOf(missing: readonly MissingScope[]): GraphQLError[] {
  const first = new Map<string, MissingScope>()
  for (const each of missing) {
    const key = each.scopes.length === 0 ? each.name : each.scopes.join()
    if (!first.has(key)) first.set(key, each)
  }
  return [...first.values()].map(({ name, node, scopes }) => {
    const message =
      scopes.length === 0
        ? `\`${name}\` is available only to signed-in users.`
        : `\`${name}\` requires the scope ${scopes.join(' or ')}.`
    return new GraphQLError(message, { nodes: node, extensions: { code: 'FORBIDDEN', missingScope: scopes } })
  })
}

function isSelected(selection: SelectionNode, variableOf: ScopedOperation['variableOf']): boolean {
  return conditionsOf(selection)?.every(({ variable, selects }) => variableOf(variable) !== !selects) ?? false
}

/** What a token lacks for an operation, as an error's `extensions` state it. */
export type LackedAccess = Readonly<{
  /** The token needs one scope of each list. */
  missingScopes: readonly Requirement[]
  /** Fields that no token may read. */
  sessionFields?: readonly string[]
}>

/** Collects what a token lacks. A requirement that another one implies is left out. */
export function lackedAccessOf(missing: readonly MissingScope[]): LackedAccess {
  const scopes = new Map(missing.flatMap(({ scopes }) => (scopes.length === 0 ? [] : [[scopes.join(), scopes]])))
  const all = [...scopes.values()]
  const isImplied = (wide: Requirement) =>
    all.some((narrow) => narrow.length < wide.length && narrow.every((scope) => wide.includes(scope)))
  const sessionFields = new Set(missing.flatMap(({ name, scopes }) => (scopes.length === 0 ? [name] : [])))
  return {
    missingScopes: all.filter((each) => !isImplied(each)),
    ...(sessionFields.size > 0 && { sessionFields: [...sessionFields] }),
  }
}
