import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Viewer } from '../../core/access/viewer.ts'
import type { Operations } from './check-operation.ts'
import type { RawVariables } from './cost-budget.ts'

/** What was asked for, as Yoga and `getEnveloped` have it; what checking it came to is kept beside it. */
type CheckedContext = {
  caller: { viewer: Viewer | null }
  params: { operationName?: string | null; variables?: RawVariables }
  cost?: number
}

/** Has every operation parsed and checked by `operations`, over every transport. */
export function operationChecks(operations: Operations): Plugin<CheckedContext> {
  return {
    onParse: ({ params: { source }, setParsedDocument }) => {
      try {
        setParsedDocument(operations.parse(typeof source === 'string' ? source : source.body))
      } catch (error) {
        // By GraphQL over HTTP, and for its own media type only.
        throw error instanceof GraphQLError ? copyOf(error, { http: { spec: true, status: 400 } }) : error
      }
    },
    onValidate: ({ context, extendContext, params: { documentAST }, setResult }) => {
      const { params, caller } = context
      const checked = operations.check(documentAST, params.operationName, params.variables, caller.viewer)
      if ('cost' in checked) extendContext({ cost: checked.cost })
      // The same errors are given to everybody who sends this document, and Yoga writes the status into them.
      setResult('cost' in checked ? [] : checked.errors.map((error) => copyOf(error)))
    },
    onExecute: ({ args, context }) => {
      // What a variable lacks is told to a visitor too, but not what else there might be.
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
