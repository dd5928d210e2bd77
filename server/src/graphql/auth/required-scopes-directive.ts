import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  type GraphQLField,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLString,
  isObjectType,
} from 'graphql'
import {
  describeRequirement,
  isRoot,
  ownRequirements,
  type Requirement,
  requirementsOfType,
} from './scope-requirements.ts'

/** Documents in the printed schema which scopes an API token needs. Queries can't use it. */
export const requiredScopesDirective = new GraphQLDirective({
  name: 'needs',
  description:
    'What an API token needs to read this field, or to reach an object of this type through any field. Signed-in users need no scope.',
  locations: [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.OBJECT],
  args: {
    scopes: {
      type: new GraphQLList(new GraphQLNonNull(GraphQLString)),
      description: 'A token needs one of these scopes. If the list is empty, every token is accepted.',
    },
    session: {
      type: GraphQLBoolean,
      description: 'If true, only signed-in users are accepted. API tokens are refused, whatever their scopes.',
    },
  },
})

/**
 * Writes the required scopes of each root field, row type and exception into the extensions that the schema printer
 * reads.
 */
export function markRequiredScopes(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    const ofType = requirementsOfType(type)
    if (ofType.length > 0) mark(type, ofType)
    for (const field of Object.values(type.getFields())) {
      const ofField = ownRequirements(schema, type, field)
      const isDeclared = isRoot(schema, type) || describeRequirement(field) !== undefined
      if (isDeclared || ofField.length > 0) mark(field, ofField)
    }
  }
}

/** Takes only the first requirement: `ownRequirements` and `requirementsOfType` never return more than one. */
function mark(element: GraphQLObjectType | GraphQLField<unknown, unknown>, [scopes]: readonly Requirement[]): void {
  const needs = scopes?.length === 0 ? { session: true } : { scopes: scopes ?? [] }
  element.extensions = { ...element.extensions, directives: { needs } }
}
