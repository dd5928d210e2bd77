import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, getNamedType, isObjectType } from 'graphql'
import type { Scope } from '../../core/access/scopes.ts'
import { declaredOptionsOf, prismaModelOf } from './declared-options.ts'

/**
 * What an API token must have to come by: a scope, any one of several, `nothing` beside the field's own auth rule, or
 * `session`: people only, no token whatever its scopes.
 */
export type RequiredScopes = Scope | readonly Scope[] | 'session' | 'nothing'

/** Scopes of which a token must have one. An empty list is met by no token. */
export type Requirement = readonly Scope[]

const noToken: Requirement = []

/** What a token needs to come to a row of this type. A type that stands for no row needs nothing of its own. */
export function requirementsOfType(type: GraphQLObjectType): readonly Requirement[] {
  const said = describeRequirement(type)
  if (said !== undefined) return requirementsOf(said)
  return isRow(type) ? [noToken] : []
}

/**
 * What a token needs for a field: what the field says, and what the row that it leads to says. A field that leads to a
 * list of rows in pages needs what the row needs unless it says otherwise; the rows of the page need it always.
 */
export function requirementsOfField(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): readonly Requirement[] {
  return [...ownRequirements(schema, parent, field), ...requirementsOfResult(field)]
}

/** What the field itself needs, without the row that it leads to. */
export function ownRequirements(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): readonly Requirement[] {
  const said = describeRequirement(field)
  if (said !== undefined) return requirementsOf(said)
  // Fail closed: whoever adds a root field and forgets its needs has made it for people only.
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

/** The option `needs` of a type or a field. */
export function describeRequirement(
  element: GraphQLObjectType | GraphQLField<unknown, unknown>,
): RequiredScopes | undefined {
  return declaredOptionsOf(element).needs as RequiredScopes | undefined // the option's type says so
}

export function isRoot(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type)
}

/** Whether a type stands for rows of a table: it has a model of Prisma, or can be found by its id. */
export function isRow(type: GraphQLObjectType): boolean {
  return prismaModelOf(type) !== null || type.getInterfaces().some(({ name }) => name === 'Node')
}

/** The row type of a Relay connection, or null where the type is none. */
export function rowOfConnection(type: GraphQLObjectType): GraphQLObjectType | null {
  const { edges, pageInfo } = type.getFields()
  const edge = edges === undefined || pageInfo === undefined ? null : getNamedType(edges.type)
  const node = isObjectType(edge) ? edge.getFields().node : undefined
  const row = node === undefined ? null : getNamedType(node.type)
  return isObjectType(row) ? row : null
}
