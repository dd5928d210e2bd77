import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import type { PartialResolveInfo } from '@pothos/core'
// As a namespace: a name that a new version no longer exports must not keep the server from starting.
import * as prismaPlugin from '@pothos/plugin-prisma'
import { encodeGlobalID } from '@pothos/plugin-relay'
import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql'
import { getDatamodel } from '../../generated/pothos.ts'
import type { Models } from '../../platform/database/json-sql/tables.ts'
import { declaredOptionsOf, prismaModelOf } from '../auth/declared-options.ts'

/*
 * All that the planner uses of Pothos and Prisma beyond their documented API. Pothos' plugins keep what they need at run time
 * in the `extensions` of types and fields; a new version may keep it elsewhere. `incompatibilityOf` is asked at the start.
 */

export { declaredOptionsOf as optionsOf, prismaModelOf }

type Field = GraphQLField<unknown, unknown>

/** The versions for which the planner's answers have been compared with graphql-js' (server/test/planner). */
export const knownVersions: Readonly<Record<string, string>> = {
  '@pothos/core': '4.15.1',
  '@pothos/plugin-prisma': '4.17.0',
  '@pothos/plugin-relay': '4.8.1',
  '@pothos/plugin-scope-auth': '4.2.1',
  '@prisma/client': '7.10.0',
}

/** The installed version of each package of `knownVersions`; null where it can't be found. */
export function installedVersions(): Readonly<Record<string, string | null>> {
  return Object.fromEntries(Object.keys(knownVersions).map((name) => [name, versionOf(name)]))
}

function versionOf(name: string): string | null {
  try {
    const path = findPackageJSON(name, import.meta.url)
    const { version }: { version?: unknown } = path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8'))
    return typeof version === 'string' ? version : null
  } catch {
    // Not installed, or not where Node looks: its version is unknown, and so not a known one.
    return null
  }
}

/** Options of scope-auth under which a rule is not all that decides, or a refused caller is answered all the same. */
export const unsupportedAuthOptions = [
  'grantScopes',
  'skipTypeScopes',
  'skipInterfaceScopes',
  'runScopesOnType',
  'unauthorizedResolver',
]

/** The `select` that an object type declares for its rows, or undefined. */
export function selectOfType({ extensions }: GraphQLObjectType): unknown {
  return extensions.pothosPrismaSelect
}

/** The `select` of a field: an object, a function of its arguments, or undefined. */
export function selectOfField({ extensions }: Field): unknown {
  return extensions.pothosPrismaSelect
}

/** The relation of its parent's model that a field follows, or null. Pothos keeps there Prisma's description of it. */
export function relationOf({ extensions }: Field): string | null {
  const { pothosPrismaRelationField: relation } = extensions
  if (typeof relation !== 'object' || relation === null || !('name' in relation)) return null
  return typeof relation.name === 'string' ? relation.name : null
}

/** The property of its parent that a field declared by `expose…` shows, or null. */
export function exposedPropertyOf({ extensions }: Field): string | null {
  const { pothosExposedField } = extensions
  return typeof pothosExposedField === 'string' ? pothosExposedField : null
}

/** Maps the arguments of a field before its resolver gets them, for example from global IDs. It may return a promise. */
export type ArgMapper = (args: object, context: object, info: PartialResolveInfo) => unknown

export function argMappersOf({ extensions }: Field): readonly ArgMapper[] {
  const { pothosArgMappers } = extensions
  return Array.isArray(pothosArgMappers) ? pothosArgMappers : []
}

/** The part of `info` that argument mappers look at. */
export function infoForMappers(schema: GraphQLSchema, variableValues: unknown): PartialResolveInfo {
  return { schema, fragments: {}, variableValues } as PartialResolveInfo // the rest is graphql-js' own
}

/**
 * The query of a relation, as its field declares it: `where`, `orderBy`, `take`, `cursor`. Pothos passes it to the function
 * that plans the rows below.
 *
 * @returns undefined where the field has no such query
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

/** The `select` of a field for these arguments: undefined where it has none, null where it isn't of the known form. */
export function selectFor(field: Field, args: object, context: object): unknown {
  const select = selectOfField(field)
  if (typeof select !== 'function') return select
  const wrapped: unknown = select(args, context)
  return typeof wrapped === 'object' && wrapped !== null && 'select' in wrapped ? (wrapped.select ?? {}) : null
}

/** The cursor of a row, as Pothos' connections write it. */
export function cursorOf(row: Readonly<Record<string, unknown>>): string {
  return prismaPlugin.formatPrismaCursor({ ...row }, 'id')
}

/** What stands in a cursor: the ID of a row, unless it is none of ours. */
export function idInCursor(cursor: unknown): unknown {
  return prismaPlugin.parsePrismaCursor(cursor)
}

const isPlain = /^[\w-]*$/

/** The global ID of a row. Plain IDs are encoded here: the same text, several times as fast. */
export function globalIdOf(typename: string, id: string): string {
  return isPlain.test(id) ? btoa(`${typename}:${id}`) : encodeGlobalID(typename, id)
}

/** One page of rows, as `wrapConnectionResult` of Pothos' Prisma plugin makes it. The plugin doesn't export that function. */
export type Page<Row> = Readonly<{ rows: readonly Row[]; hasNextPage: boolean; hasPreviousPage: boolean }>

/** @param take - the rows that were asked for, one more than the page has: whether it came tells of a next page */
export function pageOf<Row>(read: readonly Row[], take: number, args: Readonly<Record<string, unknown>>): Page<Row> {
  const isFull = read.length === Math.abs(take)
  const isBackward = args.before != null || args.last != null
  return {
    rows: isFull ? read.slice(take < 0 ? 1 : 0, take < 0 ? read.length : -1) : read,
    hasNextPage: args.before != null || (args.last == null && isFull),
    hasPreviousPage: args.after != null || (isBackward && isFull),
  }
}

/** Prisma's models with their columns and relations, as the generator of Pothos' Prisma plugin writes them down. */
export function prismaModels(): Models {
  return getDatamodel().datamodel.models
}

/** What the planner finds in this process. Given by tests; otherwise as installed. */
export type Internals = Readonly<{
  schema: GraphQLSchema
  versions: Readonly<Record<string, string | null>>
  models: Models
  /** Each model's table, as Prisma's client knows it; null where it can't be read. */
  tableNames: ReadonlyMap<string, string> | null
}>

/** Why the planner can't be used with what is installed, as a short text; null where it can. */
export function incompatibilityOf({ schema, versions, models, tableNames }: Internals): string | null {
  for (const [name, known] of Object.entries(knownVersions)) {
    const installed = versions[name] ?? 'missing'
    if (installed !== known) return `${name} is ${installed}, and the planner knows ${known}`
  }
  if (tableNames === null) return "Prisma's client doesn't name its tables"
  const exported = [prismaPlugin.formatPrismaCursor, prismaPlugin.parsePrismaCursor]
  if (exported.some((each) => typeof each !== 'function')) return "Pothos' Prisma plugin doesn't export its cursors"
  const types = Object.values(schema.getTypeMap()).filter(isObjectType)
  const rowTypes = types.filter((type) => prismaModelOf(type) !== null)
  const unknownModel = rowTypes.map(prismaModelOf).find((name) => models[name ?? ''] === undefined)
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
