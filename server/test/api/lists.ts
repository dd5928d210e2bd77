import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'graphql'

/** An order of a list, as an argument, and the column that it sorts by first. */
export type ListOrder = Readonly<{ argument: string; column: string; isDescending: boolean }>

/** A list of the schema: a field that returns a connection. */
export type ListOfSchema = Readonly<{
  parent: string
  field: string
  /** The type of its nodes. */
  node: string
  /** The field that identifies a node. */
  key: string
  orders: readonly ListOrder[]
}>

/** Every list of the schema, nested ones included. */
export function listsOf(schema: GraphQLSchema): readonly ListOfSchema[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .flatMap((parent) =>
      Object.values(parent.getFields()).flatMap((field) => {
        const node = nodeOf(field)
        if (node === null) return []
        const key = 'id' in node.getFields() ? 'id' : 'key'
        return [{ parent: parent.name, field: field.name, node: node.name, key, orders: ordersOf(field) }]
      }),
    )
}

function nodeOf(field: GraphQLField<unknown, unknown>): GraphQLObjectType | null {
  const type = getNamedType(field.type)
  const nodes = isObjectType(type) && 'pageInfo' in type.getFields() ? type.getFields().nodes : undefined
  const node = nodes === undefined ? null : getNamedType(nodes.type)
  return isObjectType(node) ? node : null
}

/** The default order has no argument; of the lists with only one order, it is the newest first. */
function ordersOf({ args }: GraphQLField<unknown, unknown>): readonly ListOrder[] {
  const type = args.find(({ name }) => name === 'orderBy')?.type
  const named = type === undefined ? null : getNamedType(type)
  if (isEnumType(named)) {
    return named.getValues().map(({ name, value }) => {
      return { argument: `orderBy: ${name}`, column: 'createdAt', isDescending: value === 'desc' }
    })
  }
  if (!isInputObjectType(named)) return [{ argument: '', column: 'createdAt', isDescending: true }]
  const columns = getNamedType(named.getFields().field?.type)
  if (!isEnumType(columns)) throw new Error(`${named.name} has no field to order by`)
  return columns.getValues().flatMap(({ name, value }) =>
    ['ASC', 'DESC'].map((direction) => {
      const argument = `orderBy: { field: ${name}, direction: ${direction} }`
      return { argument, column: String(value), isDescending: direction === 'DESC' }
    }),
  )
}
