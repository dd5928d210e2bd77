import type { GraphQLError } from 'graphql'
import { builder, type OperationReport } from '../../graphql/builder.ts'
import { BadUserInputError } from '../../platform/errors.ts'

const QueryLimit = builder.objectRef<OperationReport['limits'][number]>('QueryLimit').implement({
  description: 'One limit of this server, and how near an operation comes to it.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description:
        'Which: `cost`, `depth`, `fields`, `rootFields`, `aliases`, `repeats`, `directives` or `tokens`, as in the error QUERY_TOO_COMPLEX.',
    }),
    asked: t.int({
      nullable: true,
      description: 'What the operation asks for. Null where it can not be counted.',
      resolve: ({ asked }) => asInt(asked),
    }),
    allowed: t.exposeInt('allowed', { description: 'What one operation may ask for.' }),
    isExceeded: t.boolean({
      description: 'Whether it asks for more than it may.',
      resolve: ({ asked, allowed }) => asked !== null && asked > allowed,
    }),
  }),
})

const QueryCostField = builder.objectRef<NonNullable<OperationReport['mostExpensive']>>('QueryCostField').implement({
  description: 'A field of an operation and what goes to it.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where it stands, as `bookings.nodes`.' }),
    points: t.exposeInt('points', {
      description: 'Its own points and those of the plain fields right below it, all rows together.',
    }),
  }),
})

/** GraphQL takes an Error in an answer for one of the answer's own. */
type Problem = Pick<GraphQLError, 'message' | 'extensions' | 'locations'>

const QueryProblem = builder.objectRef<Problem>('QueryProblem').implement({
  description: 'One thing that is wrong with an operation.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What is wrong.' }),
    code: t.string({
      description: 'The code of the error that the operation would end with.',
      resolve: ({ extensions }) => String(extensions.code),
    }),
    line: t.int({
      nullable: true,
      description: 'The line of the document, from 1.',
      resolve: ({ locations }) => locations?.[0]?.line ?? null,
    }),
    column: t.int({
      nullable: true,
      description: 'The column in that line, from 1.',
      resolve: ({ locations }) => locations?.[0]?.column ?? null,
    }),
  }),
})

const QueryCost = builder.objectRef<OperationReport>('QueryCost').implement({
  description: 'What an operation would cost, found out without running it.',
  fields: (t) => ({
    cost: t.int({
      nullable: true,
      description: 'Its points with these variables. Null where the document is not valid.',
      resolve: ({ cost }) => asInt(cost),
    }),
    maxCost: t.exposeInt('maxCost', { description: 'The points that one operation may cost.' }),
    depth: t.int({
      nullable: true,
      description: 'Fields below each other, from the root.',
      resolve: ({ limits }) => asInt(limits.find(({ name }) => name === 'depth')?.asked ?? null),
    }),
    isRefused: t.boolean({
      description: 'Whether it would be refused before it runs.',
      resolve: ({ errors }) => errors.length > 0,
    }),
    refusedBy: t.string({
      nullable: true,
      description: 'The limit that it would be refused by. Null where it is none.',
      resolve: ({ errors }) => {
        const limit = errors[0]?.extensions.limit
        return typeof limit === 'string' ? limit : null
      },
    }),
    mostExpensive: t.expose('mostExpensive', {
      type: QueryCostField,
      nullable: true,
      description: 'The field that most of the cost goes to: the first to ask less of.',
    }),
    limits: t.expose('limits', { type: [QueryLimit], description: 'Every limit of this server.' }),
    problems: t.field({
      type: [QueryProblem],
      description: 'What is wrong with it, as it would be answered. Empty when it would run.',
      resolve: ({ errors }): readonly Problem[] =>
        errors.map(({ message, extensions, locations }) => ({ message, extensions, locations })),
    }),
  }),
})

builder.queryField('cost', (t) =>
  t.field({
    type: QueryCost,
    description: 'What another operation would cost and whether it would be refused, without running it.',
    authScopes: { signedIn: true },
    needs: 'nothing',
    complexity: 10,
    args: {
      query: t.arg.string({ required: true, description: 'The document: a query, a mutation or a subscription.' }),
      variables: t.arg({ type: 'JSON', description: 'Its variables: page sizes and lists count.' }),
      operationName: t.arg.string({ description: 'Which operation, where the document has several.' }),
    },
    resolve: (_parent, { query, variables, operationName }, { operations, viewer }) =>
      operations.report(query, operationName ?? null, asVariables(variables), viewer),
  }),
)

function asVariables(variables: unknown): Readonly<Record<string, unknown>> {
  if (variables === null || variables === undefined) return {}
  if (typeof variables === 'object' && !Array.isArray(variables)) return { ...variables }
  throw new BadUserInputError('variables', 'Variables are an object: { "name": value }.')
}

/** Fragments that double each other ask for more than Int can say. */
function asInt(count: number | null): number | null {
  return count === null ? null : Math.min(count, 2 ** 31 - 1)
}
