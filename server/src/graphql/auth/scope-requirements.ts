import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, getNamedType, isObjectType } from 'graphql'
import type { Scope } from '../../core/access/scopes.ts'
import { declaredOptionsOf, prismaModelOf } from './declared-options.ts'

/**
 * What an API token needs for a field or type: a scope, any one of several, `nothing` beyond the field's own auth rule,
 * or `session`, which rejects every token.
 */
export type RequiredScopes = Scope | readonly Scope[] | 'session' | 'nothing'

/** A token needs one of these scopes. An empty list rejects every token. */
export type Requirement = readonly Scope[]

const noToken: Requirement = []

/** What a token needs to reach a row of this type. A type without rows requires nothing by default. */
export function requirementsOfType(type: GraphQLObjectType): readonly Requirement[] {
  const declared = describeRequirement(type)
  if (declared !== undefined) return requirementsOf(declared)
  return isRow(type) ? [noToken] : []
}

/**
 * What a token needs for a field: the requirements of the field itself and those of the row type it returns. A field
 * that returns a connection requires what its row type requires, unless it declares otherwise. The rows on its pages
 * always require it.
 */
export function requirementsOfField(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): readonly Requirement[] {
  return [...ownRequirements(schema, parent, field), ...requirementsOfResult(field)]
}

/** The requirements of the field itself, without those of the row type it returns. */
export function ownRequirements(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): readonly Requirement[] {
  const declared = describeRequirement(field)
  if (declared !== undefined) return requirementsOf(declared)
  // Fail closed: a root field without a `needs` option rejects every token.
  if (isRoot(schema, parent)) return [noToken]
  const page = rowOfConnection(parent)
  if (page !== null) return field.name === 'totalCount' ? [] : requirementsOfType(page)
  const result = getNamedType(field.type)
  const row = isObjectType(result) ? rowOfConnection(result) : null
  return row === null ? [] : requirementsOfType(row)
}

function requirementsOfResult(field: GraphQLField<unknown, unknown>): readonly Requirement[] {
  const result = getNamedType(field.type)
  return isObjectType(result) ? requirementsOfType(result) : []
}

function requirementsOf(needs: RequiredScopes): readonly Requirement[] {
  if (needs === 'nothing') return []
  if (needs === 'session') return [noToken]
  return [typeof needs === 'string' ? [needs] : needs]
}

/** The `needs` option of a type or field. */
export function describeRequirement(
  element: GraphQLObjectType | GraphQLField<unknown, unknown>,
): RequiredScopes | undefined {
  return declaredOptionsOf(element).needs as RequiredScopes | undefined // the option's type
}

export function isRoot(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type)
}

/** Whether a type represents rows of a table: it has a Prisma model, or implements `Node`. */
export function isRow(type: GraphQLObjectType): boolean {
  return prismaModelOf(type) !== null || type.getInterfaces().some(({ name }) => name === 'Node')
}

/** The row type of a Relay connection, or null if the type isn't a connection. */
export function rowOfConnection(type: GraphQLObjectType): GraphQLObjectType | null {
  const { edges, pageInfo } = type.getFields()
  const edge = edges === undefined || pageInfo === undefined ? null : getNamedType(edges.type)
  const node = isObjectType(edge) ? edge.getFields().node : undefined
  const row = node === undefined ? null : getNamedType(node.type)
  return isObjectType(row) ? row : null
}
