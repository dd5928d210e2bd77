import { CombinedError } from '@urql/core'
import { expect, test } from 'vitest'
import { problemOf, problemOfCode, problemOfField, refusalOf, retryMessage, unreachable } from './problem.ts'

const answered = (message: string, extensions: Record<string, unknown>) =>
  problemOf(new CombinedError({ graphQLErrors: [{ message, extensions }] }))

test('no response is not reported as a refusal', () => {
  expect(problemOf(new CombinedError({ networkError: new Error('gone') }))).toEqual(unreachable)
})

test.each([
  [undefined, 'Try again in 1 min.'],
  [1, 'Try again in a second.'],
  [40, 'Try again in 40 seconds.'],
  [61, 'Try again in 2 min.'],
  [5_400, 'Try again in 1 h 30 min.'],
])('after %s seconds one may retry, never told too early', (retryAfterSeconds, expected) => {
  expect(retryMessage(answered('Too many attempts.', { code: 'RATE_LIMITED', retryAfterSeconds }))).toBe(expected)
  expect(refusalOf(answered('Too many attempts.', { code: 'RATE_LIMITED', retryAfterSeconds }))).toContain(expected)
})

test('a field’s problem is shown at that field, without the input’s name', () => {
  const problem = answered('newPassword must be at least 12 characters.', {
    code: 'BAD_USER_INPUT',
    field: 'newPassword',
  })
  expect(problemOfField(problem, 'newPassword')).toBe('Must be at least 12 characters.')
  expect(problemOfField(problem, 'token')).toBeNull()
  expect(problemOfField(null, 'newPassword')).toBeNull()
})

test('a failed mutation promises no automatic retry', () => {
  for (const code of ['UNREACHABLE', 'UNAVAILABLE', 'AUDIT_UNAVAILABLE', 'INTERNAL', 'CONFLICT'])
    expect(refusalOf(problemOfCode(code))).not.toContain('by itself')
})
