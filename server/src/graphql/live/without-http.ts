import type { GraphQLError, GraphQLFormattedError } from 'graphql'

/** The client's view of an error. `extensions.http` is meant for the HTTP layer only. */
export function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...formatted } = error.toJSON()
  const { http: _forTheServer, ...others } = extensions ?? {}
  return { ...formatted, extensions: others }
}
