import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'

/** A path from a root field to a type, as the selections that lead there. */
export type SchemaPath = Readonly<{ steps: readonly string[]; type: GraphQLObjectType; root: string }>

/** Values for required arguments, by `Type.field(argument)`. */
export type ArgumentValues = Readonly<Record<string, string>>

/**
 * Every path from a field of Query to an object type, at most `depth` fields long. Edges are left out where `nodes`
 * gives the same rows. An abstract type is followed into each of its types.
 */
export function pathsOf(schema: GraphQLSchema, depth: number): SchemaPath[] {
  const paths: SchemaPath[] = []
  const visit = (type: GraphQLObjectType, steps: readonly string[], root: string, remainingDepth: number) => {
    if (type !== schema.getQueryType()) paths.push({ steps, type, root })
    if (remainingDepth === 0) return
    for (const field of Object.values(type.getFields())) {
      if (field.name === 'edges' || field.name === 'pageInfo') continue
      const target = getNamedType(field.type)
      const step = `${type.name}.${field.name}`
      if (isObjectType(target)) visit(target, [...steps, step], root || field.name, remainingDepth - 1)
      if (isAbstractType(target)) {
        for (const member of schema.getPossibleTypes(target)) {
          visit(member, [...steps, step, `... on ${member.name}`], root || field.name, remainingDepth - 1)
        }
      }
    }
  }
  const query = schema.getQueryType()
  if (query) visit(query, [], '', depth)
  return paths
}

/** The document that follows a path and selects every leaf at its end, including encrypted content. */
export function documentOf(schema: GraphQLSchema, { steps, type }: SchemaPath, values: ArgumentValues): string {
  const leafSelection = leavesOf(type, values, 2)
  return steps.reduceRight((selection, step) => {
    if (step.startsWith('...')) return `${step} { ${selection} }`
    const [typeName = '', fieldName = ''] = step.split('.')
    const parent = schema.getType(typeName)
    const field = isObjectType(parent) ? parent.getFields()[fieldName] : undefined
    return `${fieldName}${argumentsOf(typeName, field, values)} { __typename ${selection} }`
  }, leafSelection)
}

/** The leaves of a type and of the objects without an ID below it: what a client selects to see everything. */
function leavesOf(type: GraphQLObjectType, values: ArgumentValues, depth: number): string {
  const selections = Object.values(type.getFields()).flatMap((field) => {
    const target = getNamedType(field.type)
    const name = `${field.name}${argumentsOf(type.name, field, values)}`
    if (isLeafType(target)) return [name]
    if (!isObjectType(target) || depth === 0 || 'id' in target.getFields() || 'pageInfo' in target.getFields())
      return []
    return [`${name} { ${leavesOf(target, values, depth - 1)} }`]
  })
  return `__typename ${selections.join(' ')}`
}

function argumentsOf(
  typeName: string,
  field: GraphQLField<unknown, unknown> | undefined,
  values: ArgumentValues,
): string {
  const args = (field?.args ?? []).flatMap((argument) => {
    const value = values[`${typeName}.${field?.name}(${argument.name})`]
    if (value !== undefined) return [`${argument.name}: ${value}`]
    if (isRequiredArgument(argument))
      throw new Error(`the test needs a value for ${typeName}.${field?.name}(${argument.name})`)
    return []
  })
  return args.length === 0 ? '' : `(${args.join(', ')})`
}
