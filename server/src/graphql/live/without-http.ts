import type { GraphQLError, GraphQLFormattedError } from 'graphql'

/** An error as it goes out. What it says to the HTTP layer, by `extensions.http`, is not for the reader. */
export function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...formatted } = error.toJSON()
  const { http: _forTheServer, ...others } = extensions ?? {}
  return { ...formatted, extensions: others }
}
