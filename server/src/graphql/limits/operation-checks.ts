import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Viewer } from '../../core/access/viewer.ts'
import type { Operations } from './check-operation.ts'
import type { RawVariables } from './cost-budget.ts'

/** The parameters of a request, as Yoga and `getEnveloped` provide them, and the cost that the check adds. */
type CheckedContext = {
  caller: { viewer: Viewer | null }
  params: { operationName?: string | null; variables?: RawVariables }
  cost?: number
}

/** Parses and checks every operation with `operations`, over every transport. */
export function operationChecks(operations: Operations): Plugin<CheckedContext> {
  return {
    onParse: ({ params: { source }, setParsedDocument }) => {
      try {
        setParsedDocument(operations.parse(typeof source === 'string' ? source : source.body))
      } catch (error) {
        // A 400 only for the media type of the GraphQL over HTTP specification, as that specification requires.
        throw error instanceof GraphQLError ? copyOf(error, { http: { spec: true, status: 400 } }) : error
      }
    },
    onValidate: ({ context, extendContext, params: { documentAST }, setResult }) => {
      const { params, caller } = context
      const checked = operations.check(documentAST, params.operationName, params.variables, caller.viewer)
      if ('cost' in checked) extendContext({ cost: checked.cost })
      // Copies, because the errors are cached for everyone who sends this document, and Yoga writes the status into
      // them.
      setResult('cost' in checked ? [] : checked.errors.map((error) => copyOf(error)))
    },
    onExecute: ({ args, context }) => {
      // A visitor may learn what is wrong with a variable, but not which other names exist.
      if (context.caller.viewer === null) Object.assign(args, { hideSuggestions: true })
    },
  }
}

function copyOf(error: GraphQLError, more: Record<string, unknown> = {}): GraphQLError {
  const { nodes, source, positions, extensions } = error
  return new GraphQLError(error.message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { ...extensions, ...more },
  })
}
