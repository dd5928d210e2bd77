import type {
  DocumentNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql'
import { Kind } from 'graphql'

/**
 * The metrics of an operation that don't depend on the schema. A fragment counts each time it is spread, so that
 * fragments can't hide fields.
 */
export type DocumentMetrics = Readonly<{
  depth: number
  fields: number
  rootFields: number
  aliases: number
  repeats: number
  directives: number
}>

type Measured = {
  depth: number
  fields: number
  aliases: number
  directives: number
  /** The highest number of selections of one field on one object, here or below. */
  repeats: number
  /** The number of selections of each field in this selection set, with fragments expanded. */
  names: Map<string, number>
}

/**
 * The metrics of every operation and every fragment of a document. Unused fragments are included because they are
 * validated too. Each fragment is measured once: fragments that spread each other twice would otherwise take 2^n steps.
 */
export function documentMetricsOf(
  document: DocumentNode,
): Map<OperationDefinitionNode | FragmentDefinitionNode, DocumentMetrics> {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const measured = new Map<FragmentDefinitionNode, Measured | null>()

  function measureFragment(name: string): Measured | null {
    const fragment = fragments.get(name)
    if (fragment === undefined) return null
    const known = measured.get(fragment)
    // Null while the fragment is being measured: it spreads itself, which validation rejects.
    if (known !== undefined) return known
    measured.set(fragment, null)
    const result = measure(fragment.selectionSet)
    result.directives += fragment.directives?.length ?? 0
    measured.set(fragment, result)
    return result
  }

  function measure(set: SelectionSetNode): Measured {
    const total: Measured = { depth: 0, fields: 0, aliases: 0, directives: 0, repeats: 0, names: new Map() }
    for (const selection of set.selections) {
      total.directives += selection.directives?.length ?? 0
      addSelection(total, selection)
    }
    for (const count of total.names.values()) total.repeats = Math.max(total.repeats, count)
    return total
  }

  function addSelection(total: Measured, selection: SelectionNode): void {
    if (selection.kind === Kind.FIELD) {
      const inner = selection.selectionSet === undefined ? null : measure(selection.selectionSet)
      total.fields += 1
      total.aliases += selection.alias === undefined ? 0 : 1
      addName(total, selection.name.value, 1)
      if (inner !== null) add(total, inner)
      // Only introspection has this field: a chain of them unwraps the lists and non-nulls of one type.
      const own = selection.name.value === 'ofType' ? 0 : 1
      total.depth = Math.max(total.depth, own + (inner?.depth ?? 0))
      return
    }
    const spread =
      selection.kind === Kind.INLINE_FRAGMENT ? measure(selection.selectionSet) : measureFragment(selection.name.value)
    if (spread === null) return
    add(total, spread)
    total.depth = Math.max(total.depth, spread.depth)
    for (const [name, count] of spread.names) addName(total, name, count)
  }

  const shapes = new Map<OperationDefinitionNode | FragmentDefinitionNode, DocumentMetrics>()
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue
    const { names, ...counts } =
      definition.kind === Kind.FRAGMENT_DEFINITION
        ? (measureFragment(definition.name.value) ?? measure(definition.selectionSet))
        : measure(definition.selectionSet)
    const isOperation = definition.kind === Kind.OPERATION_DEFINITION
    const rootFields = isOperation ? [...names.values()].reduce((sum, count) => sum + count, 0) : 0
    const own = isOperation ? (definition.directives?.length ?? 0) : 0
    shapes.set(definition, { ...counts, rootFields, directives: counts.directives + own })
  }
  return shapes
}

function add(total: Measured, more: Measured): void {
  total.fields += more.fields
  total.aliases += more.aliases
  total.directives += more.directives
  total.repeats = Math.max(total.repeats, more.repeats)
}

function addName(total: Measured, name: string, count: number): void {
  total.names.set(name, (total.names.get(name) ?? 0) + count)
}
