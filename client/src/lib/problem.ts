import type { CombinedError } from '@urql/core'
import { formatLength } from './time.ts'

/**
 * Why a request failed: a code of docs/errors.md, or `UNREACHABLE` if there was no response. `field` is the invalid
 * input field, and `message` the server's text, which never repeats input.
 */
export type Problem = Readonly<{
  code: string
  retryAfterSeconds: number | null
  reference: string | null
  field: string | null
  message: string | null
  /** Whether a mailed link still works when too many sign-ins are refused, as the server says; null otherwise. */
  mailedLink: boolean | null
  /** How many records would be affected, if the server asks to confirm it. */
  affectedCount?: number
}>

/** A problem of which only the code is known. */
export function problemOfCode(code: string): Problem {
  return { code, retryAfterSeconds: null, reference: null, field: null, message: null, mailedLink: null }
}

/** There was no response. */
export const unreachable: Problem = problemOfCode('UNREACHABLE')

/** Converts urql's error to a {@link Problem}. `reference` is the ID of a masked error in the server's log. */
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

/** Whether any error of a response has this code: partial responses can have several. */
export function hasCode(error: CombinedError | undefined, code: string): boolean {
  return error?.graphQLErrors.some((each) => each.extensions.code === code) ?? false
}

/** The WebSocket close code behind an error, or null. graphql-ws passes the CloseEvent as the network error. */
export function closeCodeOf(error: CombinedError): number | null {
  const cause: unknown = error.networkError
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return null
  return typeof cause.code === 'number' ? cause.code : null
}

/** What to tell the user if a view can't be loaded, and what to do. */
export function adviceFor(problem: Problem): string {
  switch (problem.code) {
    case 'UNREACHABLE':
      return 'ChurchHub can’t be reached. Check your connection. This page retries automatically.'
    case 'RATE_LIMITED':
      return `Too many requests. ${retryMessage(problem)}`
    case 'UNAVAILABLE':
      return 'The server is busy or can’t reach its database. This page retries automatically.'
    case 'NOT_FOUND':
      return 'It doesn’t exist, or you don’t have access to it.'
    case 'FORBIDDEN':
      return 'Your account doesn’t have access to this.'
    default:
      return problem.reference === null
        ? 'Something went wrong on the server. Try again. If it keeps happening, contact the server’s operator.'
        : `Something went wrong on the server. Give the server’s operator this reference: ${problem.reference}.`
  }
}

/** When to retry, according to the server: `Try again in 40 seconds.`, `Try again in 5 min.` */
export function retryMessage({ retryAfterSeconds }: Pick<Problem, 'retryAfterSeconds'>): string {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds ?? 60))
  if (seconds === 1) return 'Try again in a second.'
  // Rounded up: retrying a moment too early would be refused again.
  const length = seconds < 60 ? `${seconds} seconds` : formatLength(Math.ceil(seconds / 60) * 60_000)
  return `Try again in ${length}.`
}

/** What to tell the user if a mutation was refused or failed. Mutations are never retried automatically. */
export function refusalOf(problem: Problem): string {
  switch (problem.code) {
    case 'UNREACHABLE':
    case 'UNAVAILABLE':
    case 'TIMEOUT':
      return 'ChurchHub can’t be reached. Check your connection and try again.'
    case 'AUDIT_UNAVAILABLE':
      return 'This couldn’t be recorded in the audit log, so nothing was changed. Try again in a moment.'
    case 'RATE_LIMITED':
      return `Too many attempts. ${retryMessage(problem)}`
    case 'UNAUTHENTICATED':
      return 'You are no longer signed in. Sign in and try again.'
    case 'PASSWORD_REQUIRED':
      return 'Your password is needed for this. Nothing was changed.'
    case 'CONFIRMATION_REQUIRED':
      return `This affects ${problem.affectedCount ?? 'some'} stored items and can’t be undone. Press the button again to confirm.`
    case 'BAD_USER_INPUT':
    case 'BAD_REQUEST':
    case 'CONFLICT':
      return problem.message ?? 'This can’t be done in the current state. Reload the page and try again.'
    default:
      return adviceFor(problem)
  }
}

/**
 * The error of the input field with this name; null if the problem belongs to another field or none. The server's text
 * starts with the field's name, which the label already shows.
 */
export function problemOfField(problem: Problem | null, field: string): string | null {
  if (problem === null || problem.field !== field || problem.message === null) return null
  const text = problem.message.startsWith(`${field} `) ? problem.message.slice(field.length + 1) : problem.message
  return text.charAt(0).toUpperCase() + text.slice(1)
}
