import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isUnionType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Viewer } from '../../core/access/viewer.ts'
import type { FieldUses } from '../../core/tokens/field-uses.ts'
import { operationOf } from '../limits/cost.ts'

/** Records the fields of an operation that an API token runs. Null if there is nothing to record. */
export type NoteUsedFields = (
  viewer: Viewer | null,
  document: DocumentNode,
  operationName: string | null,
) => Promise<void> | null

export function createNoteUsedFields(schema: GraphQLSchema, fieldUses: FieldUses): NoteUsedFields {
  const byDocument = new WeakMap<DocumentNode, Map<string | null, readonly string[]>>()

  function fieldsOf(document: DocumentNode, operationName: string | null): readonly string[] {
    const byName = byDocument.get(document) ?? new Map<string | null, readonly string[]>()
    byDocument.set(document, byName)
    const fields = byName.get(operationName) ?? usedFieldsOf(schema, document, operationName)
    byName.set(operationName, fields)
    return fields
  }

  return (viewer, document, operationName) =>
    viewer?.kind === 'token' ? fieldUses.note(viewer.tokenId, fieldsOf(document, operationName)) : null
}

/** Records the fields that Yoga resolves. Comes after the plugin that charges operations: it records only what is run. */
export function recordUsedFields(note: NoteUsedFields): Plugin<Readonly<{ viewer: Viewer | null }>> {
  return {
    onExecute: async ({ args: { document, operationName }, context }) => {
      await note(context.viewer, document, operationName ?? null)
    },
    onSubscribe: async ({ args: { document, operationName }, context }) => {
      await note(context.viewer, document, operationName ?? null)
    },
  }
}

/** The fields that an operation of a valid document selects, such as `Booking.title`, without those of introspection. */
function usedFieldsOf(schema: GraphQLSchema, document: DocumentNode, operationName: string | null): readonly string[] {
  const operation = operationOf(document, operationName)
  const root = operation && schema.getRootType(operation.operation)
  if (!operation || !root) return []
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const found = new Set<string>()

  function visit({ selections }: SelectionSetNode, parent: GraphQLCompositeType): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const field = isUnionType(parent) ? undefined : parent.getFields()[selection.name.value]
        if (field === undefined || parent.name.startsWith('__')) continue
        found.add(`${parent.name}.${field.name}`)
        const type = getNamedType(field.type)
        if (selection.selectionSet && isCompositeType(type)) visit(selection.selectionSet, type)
        continue
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      if (fragment === undefined) continue
      // Each fragment is visited once.
      if (fragment.kind === Kind.FRAGMENT_DEFINITION) fragments.delete(fragment.name.value)
      const named = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value)
      visit(fragment.selectionSet, isCompositeType(named) ? named : parent)
    }
  }

  visit(operation.selectionSet, root)
  return [...found]
}
