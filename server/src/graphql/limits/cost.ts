import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql'

/** A value from the document, or the variable that provides it. */
export type ArgumentSource = Readonly<{ value: unknown } | { variable: string }>

/**
 * The multiplier for the fields below: a fixed number, the size of the requested page, or the length of a given list.
 */
export type Times =
  | number
  | Readonly<{ page: readonly ArgumentSource[] }>
  | Readonly<{ lengthOf: readonly ArgumentSource[]; atLeast: number }>

/** A selected field and its cost. */
export type CostNode = Readonly<{
  path: string
  /** Points for each time the field itself is resolved. */
  own: number
  /** Variables whose lists cost one point per element. */
  lists: readonly string[]
  times: Times
  /** Variables that select the field: `@include(if: $name)` if true, `@skip(if: $name)` if false. */
  conditions: readonly Readonly<{ variable: string; selects: boolean }>[]
  children: readonly CostNode[]
  /** Points including all fields below. Null if a variable changes them. */
  fixed: number | null
}>

/** The cost of an operation, before its variables are known. */
export type OperationCost = Readonly<{
  /** The number of runs charged: one page of events for a subscription, otherwise 1. */
  runs: number
  roots: readonly CostNode[]
  /** Each `first` and `last` argument in the document. */
  pages: readonly Readonly<{ name: string; source: ArgumentSource; node: ArgumentNode }>[]
  defaults: ReadonlyMap<string, unknown>
}>

/** The page size if neither `first` nor `last` is given. */
export const defaultPageSize = 20

/** Points of a field of Mutation, unless it declares more: a write is expensive. */
const mutationPoints = 10

/**
 * Computes the cost of a valid operation: one point per field, multiplied by the rows of every page and the elements of
 * every list above it. On an interface or a union the fields of all fragments count, because the concrete type isn't
 * known yet.
 *
 * @param document - valid, and within the limit on fields: fragments are expanded here
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): OperationCost {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const pages: { name: string; source: ArgumentSource; node: ArgumentNode }[] = []

  type Position = Readonly<{
    type: GraphQLCompositeType
    path: string
    page: Times
    conditions: CostNode['conditions']
    /**
     * Within `__schema`, in the description of one type or directive. Its lists count once: their number is fixed, and
     * every GraphQL tool reads all of them. The lists of a type that a description refers to multiply.
     */
    inDescription: boolean
  }>

  function nodesOf(set: SelectionSetNode, position: Position): CostNode[] {
    return set.selections.flatMap((selection) => {
      const conditions = conditionsOf(selection)
      if (conditions === null) return []
      const innerPosition =
        conditions.length === 0 ? position : { ...position, conditions: [...position.conditions, ...conditions] }
      if (selection.kind === Kind.FIELD) return nodeOf(selection, innerPosition)
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      if (fragment === undefined) return []
      const named = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value)
      const type = isCompositeType(named) ? named : position.type
      return nodesOf(fragment.selectionSet, { ...innerPosition, type })
    })
  }

  function nodeOf(selection: FieldNode, position: Position): CostNode[] {
    const { type, path, page, conditions, inDescription } = position
    const field = schema.getField(type, selection.name.value)
    // Free, because clients select it on every object.
    if (field === undefined || field.name === '__typename') return []
    const args = new Map((selection.arguments ?? []).map((node) => [node.name.value, node]))
    const ownPage = pageOf(field, args)
    for (const name of ['first', 'last']) {
      const node = args.get(name)
      if (ownPage !== null && node !== undefined) pages.push({ name, source: sourceOf(node.value), node })
    }
    const { literal, variables } = listsIn(args)
    const fieldPath = `${path}${path === '' ? '' : '.'}${selection.alias?.value ?? selection.name.value}`
    const target = getNamedType(field.type)
    const isOfPage = typeof page === 'object' && (field.name === 'nodes' || field.name === 'edges')
    const listTimes = inDescription ? 1 : timesOf(field, args)
    const times = isOfPage ? page : listTimes
    const children =
      selection.selectionSet !== undefined && isCompositeType(target)
        ? nodesOf(selection.selectionSet, {
            type: target,
            path: fieldPath,
            page: ownPage ?? 1,
            conditions: [],
            inDescription: describes(type, field) || (inDescription && target.name !== '__Type'),
          })
        : []
    const own = declaredPointsOf(field, type === schema.getMutationType() ? mutationPoints : 1) + literal
    const node = { path: fieldPath, own, lists: variables, times, conditions, children }
    return [{ ...node, fixed: fixedOf(node) }]
  }

  const root = schema.getRootType(operation.operation)
  const position = { path: '', page: 1, conditions: [], inDescription: false }
  return {
    runs: operation.operation === OperationTypeNode.SUBSCRIPTION ? defaultPageSize : 1,
    roots: root ? nodesOf(operation.selectionSet, { ...position, type: root }) : [],
    pages,
    defaults: new Map(
      (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
        defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const],
      ),
    ),
  }
}

function describes({ name }: GraphQLCompositeType, field: GraphQLField<unknown, unknown>): boolean {
  return name === '__Schema' && (field.name === 'types' || field.name === 'directives')
}

type Arguments = ReadonlyMap<string, ArgumentNode>

function pageOf(field: GraphQLField<unknown, unknown>, args: Arguments): Times | null {
  if (!field.args.some(({ name }) => name === 'first')) return null
  return {
    page: ['first', 'last'].flatMap((name) => {
      const node = args.get(name)
      return node === undefined ? [] : [sourceOf(node.value)]
    }),
  }
}

function timesOf(field: GraphQLField<unknown, unknown>, args: Arguments): Times {
  const type = isNonNullType(field.type) ? field.type.ofType : field.type
  if (!isListType(type)) return declared(field).multiplier ?? 1
  const atLeast = declared(field).multiplier ?? unknownLength
  const lengthOf = field.args.flatMap((arg) => {
    const node = args.get(arg.name)
    return isListType(isNonNullType(arg.type) ? arg.type.ofType : arg.type) && node ? [sourceOf(node.value)] : []
  })
  // `nodes(ids:)` returns one element per ID.
  return lengthOf.length > 0 ? { lengthOf, atLeast } : atLeast
}

/** The assumed length of a list whose length is unknown. */
const unknownLength = 10

/** The declared cost of a field, in the format of Pothos' complexity plugin. */
function declared(field: GraphQLField<unknown, unknown>): { points?: number; multiplier?: number } {
  const { complexity } = field.extensions
  if (typeof complexity === 'number') return { points: complexity }
  if (typeof complexity !== 'object' || complexity === null) return {}
  const { field: points, multiplier } = { field: undefined, multiplier: undefined, ...complexity }
  return {
    ...(typeof points === 'number' && { points }),
    ...(typeof multiplier === 'number' && { multiplier }),
  }
}

function declaredPointsOf(field: GraphQLField<unknown, unknown>, min: number): number {
  return Math.max(declared(field).points ?? 1, min)
}

function sourceOf(value: ValueNode): ArgumentSource {
  return value.kind === Kind.VARIABLE ? { variable: value.name.value } : { value: valueFromASTUntyped(value) }
}

/**
 * One point per list element at any depth: the number of literal elements, and the variables that may contain others.
 */
function listsIn(args: Arguments): { literal: number; variables: readonly string[] } {
  let literal = 0
  const variables: string[] = []
  const visit = (value: ValueNode): void => {
    if (value.kind === Kind.VARIABLE) variables.push(value.name.value)
    if (value.kind === Kind.OBJECT) for (const field of value.fields) visit(field.value)
    if (value.kind !== Kind.LIST) return
    literal += value.values.length
    for (const element of value.values) visit(element)
  }
  for (const { value } of args.values()) visit(value)
  return { literal, variables }
}

/** The conditions under which a selection is included. Null: never. */
export function conditionsOf({ directives = [] }: SelectionNode): CostNode['conditions'] | null {
  const conditions: { variable: string; selects: boolean }[] = []
  for (const { name, arguments: args = [] } of directives) {
    if (name.value !== 'include' && name.value !== 'skip') continue
    const selects = name.value === 'include'
    const value = args.find((arg) => arg.name.value === 'if')?.value
    if (value?.kind === Kind.VARIABLE) conditions.push({ variable: value.name.value, selects })
    else if (value?.kind === Kind.BOOLEAN && value.value !== selects) return null
  }
  return conditions
}

function fixedOf({ own, lists, times, conditions, children }: Omit<CostNode, 'fixed'>): number | null {
  if (lists.length > 0 || conditions.length > 0 || typeof times !== 'number') return null
  let sum = 0
  for (const { fixed } of children) {
    if (fixed === null) return null
    sum += fixed
  }
  return own + sum * times
}

/** The operation to run. Null if the document has none of that name, or several and no name is given. */
export function operationOf(document: DocumentNode, name: string | null): OperationDefinitionNode | null {
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
  const [only, ...others] = operations
  if (name === null) return only !== undefined && others.length === 0 ? only : null
  return operations.find((each) => each.name?.value === name) ?? null
}
