import type { GraphQLError } from 'graphql'
import { builder, type OperationReport } from '../../graphql/schema/builder.ts'
import { BadUserInputError } from '../../platform/errors.ts'

const QueryLimit = builder.objectRef<OperationReport['limits'][number]>('QueryLimit').implement({
  description: 'A limit of this server, and how close an operation comes to it.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description:
        'The name: `cost`, `depth`, `fields`, `rootFields`, `aliases`, `repeats`, `directives` or `tokens`, as in the error `QUERY_TOO_COMPLEX`.',
    }),
    asked: t.int({
      nullable: true,
      description: "What the operation uses. Null if it can't be counted.",
      resolve: ({ asked }) => capToInt(asked),
    }),
    allowed: t.exposeInt('allowed', { description: 'The maximum for one operation.' }),
    isExceeded: t.boolean({
      description: 'Whether the operation exceeds the limit.',
      resolve: ({ asked, allowed }) => asked !== null && asked > allowed,
    }),
  }),
})

const QueryCostField = builder.objectRef<NonNullable<OperationReport['mostExpensive']>>('QueryCostField').implement({
  description: 'A field of an operation, and its share of the cost.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'The path of the field, such as `bookings.nodes`.' }),
    points: t.exposeInt('points', {
      description: 'The points of the field and of the leaf fields directly below it, for all rows together.',
    }),
  }),
})

/** Narrower than GraphQLError: graphql-js would treat an Error in a result as the error of its field. */
type Problem = Pick<GraphQLError, 'message' | 'extensions' | 'locations'>

const QueryProblem = builder.objectRef<Problem>('QueryProblem').implement({
  description: 'A problem with an operation.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'A description of the problem.' }),
    code: t.string({
      description: 'The error code that the operation would end with.',
      resolve: ({ extensions }) => String(extensions.code),
    }),
    line: t.int({
      nullable: true,
      description: 'The line in the document, starting at 1.',
      resolve: ({ locations }) => locations?.[0]?.line ?? null,
    }),
    column: t.int({
      nullable: true,
      description: 'The column in the line, starting at 1.',
      resolve: ({ locations }) => locations?.[0]?.column ?? null,
    }),
    missingScope: t.stringList({
      description:
        'For `FORBIDDEN` because of a missing scope: the scopes of which your token needs one. Empty for a field that no token can read, and for other problems.',
      resolve: ({ extensions }) => (Array.isArray(extensions.missingScope) ? extensions.missingScope.map(String) : []),
    }),
  }),
})

const QueryCost = builder.objectRef<OperationReport>('QueryCost').implement({
  description: 'The cost of an operation, found without running it.',
  fields: (t) => ({
    cost: t.int({
      nullable: true,
      description: 'The points with these variables. Null if the document is not valid.',
      resolve: ({ cost }) => capToInt(cost),
    }),
    maxCost: t.exposeInt('maxCost', { description: 'The maximum points of one operation.' }),
    depth: t.int({
      nullable: true,
      description: 'The depth of nested fields, counted from the root.',
      resolve: ({ limits }) => capToInt(limits.find(({ name }) => name === 'depth')?.asked ?? null),
    }),
    isRefused: t.boolean({
      description:
        'Whether the operation would be refused before it runs. A missing scope refuses only its field: see `problems`.',
      resolve: ({ errors }) => errors.length > 0,
    }),
    refusedBy: t.string({
      nullable: true,
      description: 'The limit that would refuse the operation. Null if none would.',
      resolve: ({ errors }) => {
        const limit = errors[0]?.extensions.limit
        return typeof limit === 'string' ? limit : null
      },
    }),
    mostExpensive: t.expose('mostExpensive', {
      type: QueryCostField,
      nullable: true,
      description: 'The field with the largest share of the cost: the first one to reduce.',
    }),
    limits: t.expose('limits', { type: [QueryLimit], description: 'All limits of this server.' }),
    problems: t.field({
      type: [QueryProblem],
      description:
        'All problems with the operation: the errors that would refuse it, or else each scope that your token lacks for it. Empty if everything would be answered.',
      resolve: ({ errors, scopeErrors }): readonly Problem[] =>
        [...errors, ...scopeErrors].map(({ message, extensions, locations }) => ({ message, extensions, locations })),
    }),
  }),
})

builder.queryField('cost', (t) =>
  t.field({
    type: QueryCost,
    description: 'Computes the cost of another operation and whether it would be refused, without running it.',
    authScopes: { signedIn: true },
    needs: 'nothing',
    complexity: 10,
    args: {
      query: t.arg.string({ required: true, description: 'The document: a query, a mutation or a subscription.' }),
      variables: t.arg({ type: 'JSON', description: 'The variables. Page sizes and lists affect the cost.' }),
      operationName: t.arg.string({ description: 'The operation to check, if the document has several.' }),
    },
    resolve: (_parent, { query, variables, operationName }, { operations, viewer }) =>
      operations.report(query, operationName ?? null, asVariables(variables), viewer),
  }),
)

function asVariables(variables: unknown): Readonly<Record<string, unknown>> {
  if (variables === null || variables === undefined) return {}
  if (typeof variables === 'object' && !Array.isArray(variables)) return { ...variables }
  throw new BadUserInputError('variables', 'variables must be an object: { "name": value }.')
}

/** Nested fragments can multiply counts beyond the range of Int. */
function capToInt(count: number | null): number | null {
  return count === null ? null : Math.min(count, 2 ** 31 - 1)
}
