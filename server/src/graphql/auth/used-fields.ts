import { type DocumentNode, type GraphQLSchema, separateOperations, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
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
  const withFragments = operation && separateOperations(document)[operation.name?.value ?? '']
  if (!withFragments) return []
  const found = new Set<string>()
  const typeInfo = new TypeInfo(schema)
  const note = () => {
    const [parent, field] = [typeInfo.getParentType(), typeInfo.getFieldDef()]
    if (parent && field && !`${parent.name}${field.name}`.includes('__')) found.add(`${parent.name}.${field.name}`)
  }
  visit(withFragments, visitWithTypeInfo(typeInfo, { Field: note }))
  return [...found]
}
