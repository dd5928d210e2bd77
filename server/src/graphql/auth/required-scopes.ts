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
import type { Viewer } from '../../core/access/viewer.ts'
import { ChurchHubError } from '../../platform/errors.ts'
import type { Context } from './context.ts'
import { declaredOptionsOf } from './declared-options.ts'
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
    const refusal = refusalOf(viewer, requirements)
    if (refusal === null) return resolve(parent, args, context, info)
    if (refuse) return refuse(parent, args, context, info)
    throw refusal
  }
}

/** The error for a missing scope, or null. Always null for signed-in users. */
function refusalOf(viewer: Viewer, requirements: readonly Requirement[]): ChurchHubError | null {
  if (viewer.kind === 'person') return null
  const missing = requirements.find((scopes) => !scopes.some((scope) => viewer.scopes.has(scope)))
  if (missing === undefined) return null
  if (missing.length === 0) return new ChurchHubError('FORBIDDEN', "API tokens can't do this. Sign in instead.")
  return new ChurchHubError('FORBIDDEN', `This requires a token with the scope ${missing.join(' or ')}.`, {
    missingScope: missing,
  })
}

/**
 * The error for a token that may not look up a row of this type: FORBIDDEN with `missingScope`, or null. Depends only
 * on the type, so that it doesn't reveal whether the row exists.
 */
export function typeRefusalOf(
  viewer: Viewer | null,
  { schema }: GraphQLResolveInfo,
  typename: string,
): ChurchHubError | null {
  const type = schema.getType(typename)
  return viewer === null || !isObjectType(type) ? null : refusalOf(viewer, requirementsOfType(type))
}

/** Whether a viewer may count the rows of a connection but not read them. */
export function isRefusedRowsOf(viewer: Viewer, connection: GraphQLObjectType): boolean {
  const row = rowOfConnection(connection)
  return row !== null && refusalOf(viewer, requirementsOfType(row)) !== null
}
