import type { CombinedError } from '@urql/core'
import { formatLength } from './time.ts'

/**
 * What went wrong with a request: a code of docs/errors.md, or `UNREACHABLE` when no answer came at all. `field` is the
 * input field that can't be used, and `message` the server's own words, which never repeat what was typed.
 */
export type Problem = Readonly<{
  code: string
  retryAfterSeconds: number | null
  reference: string | null
  field: string | null
  message: string | null
  /** Whether a mailed link is a way in, as the server says to whom it refuses too many sign-ins; null elsewhere. */
  mailedLink: boolean | null
  /** How much of what is kept would be affected, where the server asks to confirm it. */
  affectedCount?: number
}>

/** A problem of which only the code is known. */
export function problemOfCode(code: string): Problem {
  return { code, retryAfterSeconds: null, reference: null, field: null, message: null, mailedLink: null }
}

/** No answer came. */
export const unreachable: Problem = problemOfCode('UNREACHABLE')

/** Reads urql's error into a {@link Problem}. `reference` is the id under which the server's log has a masked error. */
export function problemOf(error: CombinedError): Problem {
  const first = error.graphQLErrors[0]
  if (first === undefined) return unreachable
  const { code, retryAfterSeconds, id, field, mailedLink, affectedCount } = first.extensions
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : null,
    reference: typeof id === 'string' ? id : null,
    field: typeof field === 'string' ? field : null,
    message: first.message,
    mailedLink: typeof mailedLink === 'boolean' ? mailedLink : null,
    ...(typeof affectedCount === 'number' && { affectedCount }),
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
      return `Too many requests. ${tryAgain(problem)}`
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

/** When to try again, as the server says: `Try again in 40 seconds.`, `Try again in 5 min.` */
export function tryAgain({ retryAfterSeconds }: Pick<Problem, 'retryAfterSeconds'>): string {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds ?? 60))
  if (seconds === 1) return 'Try again in a second.'
  // Rounded up: whoever comes back a moment too early has waited for nothing.
  const length = seconds < 60 ? `${seconds} seconds` : formatLength(Math.ceil(seconds / 60) * 60_000)
  return `Try again in ${length}.`
}

/** What to tell a person whose deed was refused or failed. Nothing tries a deed again by itself. */
export function refusalOf(problem: Problem): string {
  switch (problem.code) {
    case 'UNREACHABLE':
    case 'UNAVAILABLE':
    case 'TIMEOUT':
      return 'ChurchHub can’t be reached. Check the connection and try again.'
    case 'AUDIT_UNAVAILABLE':
      return 'This can’t be put on record right now, so it was not done. Try again in a moment.'
    case 'RATE_LIMITED':
      return `Too many attempts. ${tryAgain(problem)}`
    case 'UNAUTHENTICATED':
      return 'You are no longer signed in. Sign in and try again.'
    case 'PASSWORD_REQUIRED':
      return 'Your password is needed for this. Nothing was changed.'
    case 'CONFIRMATION_REQUIRED':
      return `This affects ${problem.affectedCount ?? 'some'} stored items and can’t be undone. Press the button again to confirm.`
    case 'BAD_USER_INPUT':
    case 'BAD_REQUEST':
    case 'CONFLICT':
      return problem.message ?? 'This can’t be done as it stands.'
    default:
      return adviceFor(problem)
  }
}

/**
 * What is wrong with the input field of this name; null when the problem is of another field or of none. The server's
 * words begin with the field's name, which stands beside the field already.
 */
export function problemOfField(problem: Problem | null, field: string): string | null {
  if (problem === null || problem.field !== field || problem.message === null) return null
  const words = problem.message.startsWith(`${field} `) ? problem.message.slice(field.length + 1) : problem.message
  return words.charAt(0).toUpperCase() + words.slice(1)
}
