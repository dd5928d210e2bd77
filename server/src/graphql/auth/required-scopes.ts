import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core'
import {
  defaultFieldResolver,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import type { TokenViewer, Viewer } from '../../core/access/viewer.ts'
import { ChurchHubError, ForbiddenError } from '../../platform/errors.ts'
import { type Context, memoized } from './context.ts'
import { declaredOptionsOf } from './declared-options.ts'
import { type LackedAccess, lackedAccessOf, missingScopesIn } from './missing-scopes.ts'
import { markRequiredScopes } from './required-scopes-directive.ts'
import {
  type RequiredScopes,
  type Requirement,
  requirementsOfField,
  requirementsOfType,
  rowOfConnection,
} from './scope-requirements.ts'

declare global {
  // Pothos plugins add options by declaration merging: the type parameters must match the original declarations.
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      needs: RequiredScopesPlugin<Types>
    }

    export interface FieldOptions<
      Types extends SchemaTypes = SchemaTypes,
      ParentShape = unknown,
      Type extends TypeParam<Types> = TypeParam<Types>,
      Nullable extends FieldNullability<Type> = FieldNullability<Type>,
      Args extends InputFieldMap = InputFieldMap,
      ResolveShape = unknown,
      ResolveReturnShape = unknown,
    > {
      /** What a token needs for this field, in addition to the requirements of the row type it returns. */
      needs?: RequiredScopes
    }

    export interface ObjectTypeOptions<Types extends SchemaTypes = SchemaTypes, Shape = unknown> {
      /** What a token needs to reach a row of this type, through any field. */
      needs?: RequiredScopes
    }
  }
}

type Resolver = GraphQLFieldResolver<unknown, Context>

/**
 * Rejects API tokens that lack a required scope. Runs before every other rule of a field, and once per field that
 * returns a row rather than for each field of the row.
 */
class RequiredScopesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override afterBuild(schema: GraphQLSchema): GraphQLSchema {
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) || type.name.startsWith('__')) continue
      for (const field of Object.values(type.getFields())) {
        const requirements = requirementsOfField(schema, type, field)
        if (requirements.length === 0) continue
        // The field's own resolver for rejected viewers records a token's attempt to read an encrypted field.
        const { unauthorizedResolver } = declaredOptionsOf(field) as { unauthorizedResolver?: Resolver } // the option's type
        field.resolve = guarded(field.resolve ?? defaultFieldResolver, requirements, unauthorizedResolver)
        if (field.subscribe) field.subscribe = guarded(field.subscribe, requirements)
      }
    }
    markRequiredScopes(schema)
    return schema
  }
}

SchemaBuilder.registerPlugin('needs', RequiredScopesPlugin)

function guarded(resolve: Resolver, requirements: readonly Requirement[], refuse?: Resolver): Resolver {
  return (parent, args, context, info) => {
    const { viewer } = context
    if (viewer?.kind !== 'token') return resolve(parent, args, context, info)
    const missing = firstMissing(viewer, requirements)
    if (missing === null) return resolve(parent, args, context, info)
    const refusal = refusalOf(missing, lackedAccess(viewer, context, info))
    if (refuse === undefined) throw refusal
    return Promise.resolve(refuse(parent, args, context, info)).catch((error: unknown) => {
      throw error instanceof ForbiddenError ? refusal : error
    })
  }
}

function firstMissing(viewer: TokenViewer, requirements: readonly Requirement[]): Requirement | null {
  return requirements.find((scopes) => !scopes.some((scope) => viewer.scopes.has(scope))) ?? null
}

/** The error for a missing scope. It also names everything else that the operation lacks, so that one look is enough. */
function refusalOf(missing: Requirement, lacked: LackedAccess): ChurchHubError {
  const others = lacked.missingScopes.filter((scopes) => scopes.join() !== missing.join())
  const rest = others.length === 0 ? '' : ` The operation also requires ${others.map(orOf).join(', and ')}.`
  if (missing.length === 0) {
    return new ChurchHubError('FORBIDDEN', `API tokens can't do this. Sign in instead.${rest}`, lacked)
  }
  return new ChurchHubError('FORBIDDEN', `This requires a token with the scope ${orOf(missing)}.${rest}`, {
    missingScope: missing,
    ...lacked,
  })
}

function orOf(scopes: Requirement): string {
  return scopes.join(' or ')
}

const lackedKey = Symbol('lacked access')

/** What the token lacks for the whole operation. Computed once per operation, on its first refusal. */
function lackedAccess(viewer: TokenViewer, context: Context, info: GraphQLResolveInfo): LackedAccess {
  const { schema, operation, fragments, variableValues } = info
  const variableOf = (variable: string) => variableValues.coerced[variable]
  return memoized(context, lackedKey, () =>
    lackedAccessOf(missingScopesIn({ schema, operation, fragments, variableOf }, viewer)),
  )
}

/**
 * The error for a token that may not look up a row of this type: FORBIDDEN with `missingScope`, or null. Depends only
 * on the type, so that it doesn't reveal whether the row exists.
 */
export function typeRefusalOf(context: Context, info: GraphQLResolveInfo, typename: string): ChurchHubError | null {
  const { viewer } = context
  const type = info.schema.getType(typename)
  if (viewer?.kind !== 'token' || !isObjectType(type)) return null
  const missing = firstMissing(viewer, requirementsOfType(type))
  return missing === null ? null : refusalOf(missing, withType(lackedAccess(viewer, context, info), missing, typename))
}

/** An ID decides the type, which the document needn't name. */
function withType(lacked: LackedAccess, missing: Requirement, typename: string): LackedAccess {
  const { missingScopes, sessionFields = [] } = lacked
  if (missing.length === 0) return { missingScopes, sessionFields: [...new Set([...sessionFields, typename])] }
  const isNamed = missingScopes.some((scopes) => scopes.join() === missing.join())
  return isNamed ? lacked : { ...lacked, missingScopes: [...missingScopes, missing] }
}

/** Whether a viewer may count the rows of a connection but not read them. */
export function isRefusedRowsOf(viewer: Viewer, connection: GraphQLObjectType): boolean {
  const row = rowOfConnection(connection)
  return row !== null && viewer.kind === 'token' && firstMissing(viewer, requirementsOfType(row)) !== null
}
