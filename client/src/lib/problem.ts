import type { CombinedError } from '@urql/core'

/** What went wrong with a request: a code of docs/errors.md, or `UNREACHABLE` when no answer came at all. */
export type Problem = Readonly<{ code: string; retryAfterSeconds: number | null; reference: string | null }>

/** No answer came. */
export const unreachable: Problem = { code: 'UNREACHABLE', retryAfterSeconds: null, reference: null }

/** Reads urql's error into a {@link Problem}. `reference` is the id under which the server's log has a masked error. */
export function problemOf(error: CombinedError): Problem {
  const first = error.graphQLErrors[0]
  if (first === undefined) return unreachable
  const { code, retryAfterSeconds, id } = first.extensions
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : null,
    reference: typeof id === 'string' ? id : null,
  }
}

/** Whether any error of an answer carries this code: partial answers can carry several. */
export function hasCode(error: CombinedError | undefined, code: string): boolean {
  return error?.graphQLErrors.some((each) => each.extensions.code === code) ?? false
}

/** The WebSocket close code behind an error, or null. graphql-ws hands the CloseEvent on as the network error. */
export function closeCodeOf(error: CombinedError): number | null {
  const cause: unknown = error.networkError
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return null
  return typeof cause.code === 'number' ? cause.code : null
}

/** What to tell a person whose view could not be loaded, and what to do about it. */
export function adviceFor(problem: Problem): string {
  switch (problem.code) {
    case 'UNREACHABLE':
      return 'ChurchHub can’t be reached. Check the connection; this page tries again by itself.'
    case 'RATE_LIMITED':
      return `Too many requests. Wait ${problem.retryAfterSeconds ?? 60} seconds and try again.`
    case 'UNAVAILABLE':
      return 'The server is busy or its database is away. This page tries again by itself.'
    case 'NOT_FOUND':
      return 'It doesn’t exist, or it isn’t yours to see.'
    case 'FORBIDDEN':
      return 'Your account may not see this.'
    default:
      return problem.reference === null
        ? 'Something went wrong on the server. Try again; if it stays, tell whoever runs the server.'
        : `Something went wrong on the server. Tell whoever runs it this reference: ${problem.reference}.`
  }
}
