import type { SchemaTypes } from '@pothos/core'
import type { ComplexityPluginOptions } from '@pothos/plugin-complexity'
import { GraphQLError, NoSchemaIntrospectionCustomRule, parse, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Viewer } from '../core/access/viewer.ts'
import { ChurchHubError } from '../platform/errors.ts'
import { withoutValues } from './without-values.ts'

/** What one operation may ask for, the same over HTTP, SSE and WebSocket. */
export const limits = {
  /** Fields below each other, from the root. */
  depth: 16,
  /** Fields selected in all. */
  breadth: 500,
  /** Points: one a field, times the page size of each connection above it. */
  complexity: 60_000,
  /** Lexical tokens of the document. */
  tokens: 4_000,
  /** Bytes of a request's body or of a WebSocket message. */
  bodyBytes: 256 * 1024,
  /** Rows of a page. */
  pageSize: 100,
  /** Rows of a page when neither `first` nor `last` is given. */
  defaultPageSize: 20,
} as const

/** Counts an operation's cost from its selections and its arguments, variables included. */
export function complexityOf<Types extends SchemaTypes>(): ComplexityPluginOptions<Types> {
  return {
    limit: { depth: limits.depth, breadth: limits.breadth, complexity: limits.complexity },
    fieldComplexity: (args, _context, field) => {
      if (field.args.some((arg) => arg.name === 'first')) return { field: 1, multiplier: pageSizeOf(args) }
      // A connection has already multiplied by its page; its edges and nodes must not do so again.
      return field.name === 'edges' || field.name === 'nodes' ? { field: 1, multiplier: 1 } : { field: 1 }
    },
    complexityError: (kind, result) =>
      new ChurchHubError(
        'QUERY_TOO_COMPLEX',
        'This operation asks for more than one operation may. Ask for less, or in parts.',
        {
          limit: kind.toLowerCase(),
          cost: result.complexity,
          maxCost: result.maxComplexity ?? limits.complexity,
          depth: result.depth,
          maxDepth: result.maxDepth ?? limits.depth,
          breadth: result.breadth,
          maxBreadth: result.maxBreadth ?? limits.breadth,
        },
      ),
  }
}

function pageSizeOf(args: Record<string, unknown>): number {
  const asked = args.first ?? args.last
  return typeof asked === 'number' && asked >= 0 ? Math.min(asked, limits.pageSize) : limits.defaultPageSize
}

/**
 * Bounds the parser, and keeps the schema from whoever is not signed in: no introspection, and no "did you mean". What is
 * refused is refused without repeating a value.
 *
 * The rule set depends on the viewer, so a document that passed for one is validated anew for the other.
 */
export function documentLimits(): Plugin<{ caller: { viewer: Viewer | null } }> {
  return {
    onParse: ({ setParseFn }) => {
      setParseFn((source: string, options: object) => parse(source, { ...options, maxTokens: limits.tokens }))
    },
    onValidate: ({ context, addValidationRule, setValidationFn }) => {
      // Yoga validates before it makes the context: only what the door found out is there.
      if (context.caller.viewer === null) {
        addValidationRule(NoSchemaIntrospectionCustomRule)
        setValidationFn((schema, document, rules, options) =>
          validate(schema, document, rules, { ...options, hideSuggestions: true }),
        )
      }
      // What is refused here passes no mask on its way out.
      return ({ result, setResult }) => {
        setResult(result.map((error) => new GraphQLError(withoutValues(error.message), error)))
      }
    },
  }
}

/** Refuses a page larger than a page may be, rather than giving fewer rows than were asked for. */
export function checkPage(args: { first?: number | null | undefined; last?: number | null | undefined }): void {
  for (const name of ['first', 'last'] as const) {
    const asked = args[name]
    if (asked != null && (asked < 0 || asked > limits.pageSize)) {
      throw new GraphQLError(`${name} goes from 0 to ${limits.pageSize}.`, {
        extensions: { code: 'BAD_USER_INPUT', field: name },
      })
    }
  }
}
