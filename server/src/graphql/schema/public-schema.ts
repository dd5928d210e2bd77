import {
  GraphQLEnumType,
  type GraphQLField,
  type GraphQLFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  isListType,
  isNonNullType,
} from 'graphql'
import { declaredOptionsOf } from '../auth/declared-options.ts'

/**
 * The part of the schema that is visible without signing in: the root fields with the rule `public`, and the types they
 * use. A type with `extensions.publicFields` is reduced to those fields.
 *
 * A visitor's document is validated only against this schema, so that neither the text nor the timing of an error
 * depends on a name outside it. It is executed on the full schema.
 */
export function publicSchemaOf(schema: GraphQLSchema): GraphQLSchema {
  const types = new Map<string, GraphQLNamedType>()

  function named(type: GraphQLNamedType): GraphQLNamedType {
    const known = types.get(type.name)
    if (known !== undefined) return known
    const copy = copyOf(type)
    types.set(type.name, copy)
    return copy
  }

  function copyOf(type: GraphQLNamedType): GraphQLNamedType {
    if (type instanceof GraphQLObjectType) {
      const { name } = type
      return new GraphQLObjectType({ name, fields: () => outputFields(type, publicFieldsOf(type)) })
    }
    if (type instanceof GraphQLInputObjectType) {
      return new GraphQLInputObjectType({
        name: type.name,
        isOneOf: type.isOneOf,
        fields: () =>
          Object.fromEntries(
            Object.values(type.getFields()).map((field) => [field.name, { ...field, type: copied(field.type) }]),
          ),
      })
    }
    // Scalars and enums reference no other type. Interfaces and unions would expose types that visitors can't see.
    if (type instanceof GraphQLScalarType || type instanceof GraphQLEnumType) return type
    throw new Error(`A public field leads to ${type.name}, of which no part is public.`)
  }

  function outputFields(type: GraphQLObjectType, names: ReadonlySet<string>): GraphQLFieldConfigMap<unknown, unknown> {
    const fields = Object.values(type.getFields()).filter(({ name }) => names.has(name))
    return Object.fromEntries(
      fields.map((field) => [
        field.name,
        {
          type: copied(field.type),
          args: Object.fromEntries(field.args.map((arg) => [arg.name, { ...arg, type: copied(arg.type) }])),
        },
      ]),
    )
  }

  function copied<Type extends GraphQLInputType | GraphQLOutputType>(type: Type): Type {
    if (isNonNullType(type)) return new GraphQLNonNull(copied(type.ofType)) as Type // same kind as what it wraps
    if (isListType(type)) return new GraphQLList(copied(type.ofType)) as unknown as Type // same kind as what it wraps
    return named(type as GraphQLNamedType) as Type // not wrapped, and a copy has the kind of its original
  }

  function root(type: GraphQLObjectType | null | undefined): GraphQLObjectType | null {
    if (!type) return null
    const names = new Set(
      Object.values(type.getFields())
        .filter(isPublic)
        .map(({ name }) => name),
    )
    return names.size === 0 ? null : new GraphQLObjectType({ name: type.name, fields: () => outputFields(type, names) })
  }

  return new GraphQLSchema({
    query: root(schema.getQueryType()),
    mutation: root(schema.getMutationType()),
    subscription: root(schema.getSubscriptionType()),
    directives: schema.getDirectives().filter(({ name }) => name === 'skip' || name === 'include'),
  })
}

/**
 * The public fields of a type: those named in its extensions, or all fields of a type without rows of its own, such as
 * a payload.
 */
function publicFieldsOf(type: GraphQLObjectType): ReadonlySet<string> {
  const { publicFields } = type.extensions
  if (Array.isArray(publicFields)) return new Set(publicFields)
  if (type.getInterfaces().length > 0) {
    throw new Error(`A public field leads to ${type.name}. Name in its extensions which of its fields are public.`)
  }
  return new Set(Object.keys(type.getFields()))
}

function isPublic(field: GraphQLField<unknown, unknown>): boolean {
  const { authScopes } = declaredOptionsOf(field)
  return typeof authScopes === 'object' && authScopes !== null && Reflect.get(authScopes, 'public') === true
}
