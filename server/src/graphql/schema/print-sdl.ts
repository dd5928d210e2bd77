import { getDocumentNodeFromSchema } from '@graphql-tools/utils'
import {
  type ConstValueNode,
  type DefinitionNode,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
} from 'graphql'

/**
 * Prints a schema as SDL. Sorted, so that a diff shows only real changes.
 *
 * graphql-js prints no applied directives such as `@requiredScopes`, and graphql-tools loses default values with
 * graphql 17. So the document comes from the one, and its default values from the other.
 */
export function printSdl(schema: GraphQLSchema): string {
  const sorted = lexicographicSortSchema(schema)
  const defaults = new Map<string, ConstValueNode>()
  withInputValues(parse(printSchema(sorted)).definitions, (path, { defaultValue }) => {
    if (defaultValue !== undefined) defaults.set(path, defaultValue)
    return {}
  })
  const document = getDocumentNodeFromSchema(sorted)
  const definitions = withInputValues(document.definitions, (path) => {
    const defaultValue = defaults.get(path)
    return defaultValue === undefined ? {} : { defaultValue }
  })
  return `${print({ ...document, definitions })}\n`
}

type Changed = (path: string, value: InputValueDefinitionNode) => Partial<InputValueDefinitionNode>

/** Changes every input field and argument. The path is `Input.field` or `Type.field.argument`. */
function withInputValues(definitions: readonly DefinitionNode[], change: Changed): DefinitionNode[] {
  const changed = (owner: string, values: readonly InputValueDefinitionNode[] | undefined) =>
    values?.map((value) => ({ ...value, ...change(`${owner}.${value.name.value}`, value) }))
  return definitions.map((definition): DefinitionNode => {
    switch (definition.kind) {
      case 'InputObjectTypeDefinition':
        return { ...definition, fields: changed(definition.name.value, definition.fields) }
      case 'ObjectTypeDefinition':
      case 'InterfaceTypeDefinition':
        return {
          ...definition,
          fields: definition.fields?.map((field) => ({
            ...field,
            arguments: changed(`${definition.name.value}.${field.name.value}`, field.arguments),
          })),
        }
      case 'DirectiveDefinition':
        return { ...definition, arguments: changed(`@${definition.name.value}`, definition.arguments) }
      default:
        return definition
    }
  })
}
