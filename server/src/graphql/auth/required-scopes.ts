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
  // Pothos' own way for a plugin to add an option: the type parameters must be the same as where they are declared.
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
      /** What a token needs for this field, beside what the row that it leads to needs. */
      needs?: RequiredScopes
    }

    export interface ObjectTypeOptions<Types extends SchemaTypes = SchemaTypes, Shape = unknown> {
      /** What a token needs to come to a row of this type, through whichever field. */
      needs?: RequiredScopes
    }
  }
}

type Resolver = GraphQLFieldResolver<unknown, Context>

/**
 * Refuses API tokens what their scopes don't cover: before any other rule of a field is asked, and once for each field
 * that leads to a row rather than for each field of the row.
 */
class RequiredScopesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override afterBuild(schema: GraphQLSchema): GraphQLSchema {
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) || type.name.startsWith('__')) continue
      for (const field of Object.values(type.getFields())) {
        const requirements = requirementsOfField(schema, type, field)
        if (requirements.length === 0) continue
        // A refused token's attempt at a sealed field goes on record by the field's own answer to whom it refuses.
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

/** Why a viewer may not come by, or null: for persons always null. */
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
 * Why a token may not find a row by its id: FORBIDDEN with `missingScope`, or null. It is decided by the row's type
 * alone, so that whether there is such a row is not told.
 */
export function typeRefusalOf(
  viewer: Viewer | null,
  { schema }: GraphQLResolveInfo,
  typename: string,
): ChurchHubError | null {
  const type = schema.getType(typename)
  return viewer === null || !isObjectType(type) ? null : refusalOf(viewer, requirementsOfType(type))
}

/** Whether a viewer may count the rows of a connection and read none of them. */
export function isRefusedRowsOf(viewer: Viewer, connection: GraphQLObjectType): boolean {
  const row = rowOfConnection(connection)
  return row !== null && refusalOf(viewer, requirementsOfType(row)) !== null
}
