import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import type { PartialResolveInfo } from '@pothos/core'
import { encodeGlobalID } from '@pothos/plugin-relay'
import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql'
import type { Tables } from '../../platform/database/json-sql/tables.ts'
import { declaredOptionsOf, prismaModelOf } from '../auth/declared-options.ts'

/*
 * Everything that the planner uses of Pothos and Prisma beyond their documented APIs. Pothos' plugins store their
 * metadata in the `extensions` of types and fields, and a new version may change that: `incompatibilityOf` checks it at
 * startup.
 */

export { declaredOptionsOf as optionsOf, prismaModelOf }

type Field = GraphQLField<unknown, unknown>

/** The versions for which the planner's results have been compared with graphql-js (server/test/planner). */
export const knownVersions: Readonly<Record<string, string>> = {
  '@pothos/core': '4.15.1',
  '@pothos/plugin-prisma': '4.17.0',
  '@pothos/plugin-relay': '4.8.1',
  '@pothos/plugin-scope-auth': '4.2.1',
  '@prisma/client': '7.10.0',
}

/** The installed version of each package in `knownVersions`. Null if the package can't be found. */
export function installedVersions(): Readonly<Record<string, string | null>> {
  return Object.fromEntries(Object.keys(knownVersions).map((name) => [name, versionOf(name)]))
}

function versionOf(name: string): string | null {
  try {
    const path = findPackageJSON(name, import.meta.url)
    const { version }: { version?: unknown } = path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8'))
    return typeof version === 'string' ? version : null
  } catch {
    // Not installed, or not where Node looks: an unknown version is treated as incompatible.
    return null
  }
}

/** Options of scope-auth that grant or deny access beyond the rule itself. */
export const unsupportedAuthOptions = [
  'grantScopes',
  'skipTypeScopes',
  'skipInterfaceScopes',
  'runScopesOnType',
  'unauthorizedResolver',
]

/** The `select` of an object type for its rows, or undefined. */
export function selectOfType({ extensions }: GraphQLObjectType): unknown {
  return extensions.pothosPrismaSelect
}

/** The `select` of a field: an object, a function of its arguments, or undefined. */
export function selectOfField({ extensions }: Field): unknown {
  return extensions.pothosPrismaSelect
}

/**
 * The relation of the parent's model that a field follows, or null. Pothos stores Prisma's description of the relation.
 */
export function relationOf({ extensions }: Field): string | null {
  const { pothosPrismaRelationField: relation } = extensions
  if (typeof relation !== 'object' || relation === null || !('name' in relation)) return null
  return typeof relation.name === 'string' ? relation.name : null
}

/** The parent's property that a field declared with `expose…` returns, or null. */
export function exposedPropertyOf({ extensions }: Field): string | null {
  const { pothosExposedField } = extensions
  return typeof pothosExposedField === 'string' ? pothosExposedField : null
}

/** Maps the arguments of a field before its resolver gets them, for example from global IDs. May return a promise. */
export type ArgMapper = (args: object, context: object, info: PartialResolveInfo) => unknown

export function argMappersOf({ extensions }: Field): readonly ArgMapper[] {
  const { pothosArgMappers } = extensions
  return Array.isArray(pothosArgMappers) ? pothosArgMappers : []
}

/** The part of `info` that argument mappers read. */
export function infoForMappers(schema: GraphQLSchema, variableValues: unknown): PartialResolveInfo {
  return { schema, fragments: {}, variableValues } as PartialResolveInfo // mappers read nothing else
}

/**
 * The query that a relation field declares: `where`, `orderBy`, `take`, `cursor`. Pothos passes it to the callback that
 * plans the nested selection.
 *
 * @returns undefined if the field has no such query
 */
export function queryOfRelation(field: Field, args: object, context: object): unknown {
  const select = selectOfField(field)
  if (typeof select !== 'function') return undefined
  let query: unknown = {}
  const planBelow = (asked: unknown) => {
    query = typeof asked === 'function' ? asked(args, context) : asked
    return {}
  }
  select(args, context, planBelow, () => new Set())
  return query
}

/** The `select` of a field for these arguments. Undefined if it has none, null if its format is unknown. */
export function selectFor(field: Field, args: object, context: object): unknown {
  const select = selectOfField(field)
  if (typeof select !== 'function') return select
  const wrapped: unknown = select(args, context)
  return typeof wrapped === 'object' && wrapped !== null && 'select' in wrapped ? (wrapped.select ?? {}) : null
}

const isPlain = /^[\w-]*$/

/** The global ID of a row. Plain IDs are encoded here: the result is the same, and several times faster. */
export function globalIdOf(typename: string, id: string): string {
  return isPlain.test(id) ? btoa(`${typename}:${id}`) : encodeGlobalID(typename, id)
}

/** What the planner depends on. Tests pass their own; otherwise as installed. */
export type Internals = Readonly<{
  schema: GraphQLSchema
  versions: Readonly<Record<string, string | null>>
  /** The table of each model. Null if Prisma's client doesn't name them. */
  tables: Tables | null
}>

/** The reason why the planner can't be used with the installed packages, or null. */
export function incompatibilityOf({ schema, versions, tables }: Internals): string | null {
  for (const [name, known] of Object.entries(knownVersions)) {
    const installed = versions[name] ?? 'missing'
    if (installed !== known) return `${name} is ${installed}, and the planner knows ${known}`
  }
  if (tables === null) return "Prisma's client doesn't name its tables"
  const types = Object.values(schema.getTypeMap()).filter(isObjectType)
  const rowTypes = types.filter((type) => prismaModelOf(type) !== null)
  const unknownModel = rowTypes.map(prismaModelOf).find((name) => !tables.has(name ?? ''))
  if (unknownModel !== undefined) return `the data model has no ${unknownModel}`
  const fields = rowTypes.flatMap((type) => Object.values(type.getFields()))
  const needed: Readonly<Record<string, boolean>> = {
    'the models of types': rowTypes.length > 0,
    'the options of types': rowTypes.every((type) => 'fields' in declaredOptionsOf(type)),
    'the options of fields': fields.every((field) => 'type' in declaredOptionsOf(field)),
    'the columns of fields': fields.some((field) => exposedPropertyOf(field) !== null),
    'the selections of fields': fields.some((field) => typeof selectOfField(field) === 'object'),
    'the relations of fields': fields.some((field) => relationOf(field) !== null),
    'the queries of relations': fields.every(
      (field) => relationOf(field) === null || typeof selectOfField(field) === 'function',
    ),
    'the mappers of arguments': fields.every(({ extensions }) => Array.isArray(extensions.pothosArgMappers)),
  }
  const missing = Object.keys(needed).find((name) => needed[name] !== true)
  return missing === undefined ? null : `Pothos doesn't keep ${missing} where the planner reads them`
}
