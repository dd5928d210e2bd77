import { expect, test } from 'vitest'
import { BadUserInputError, ChurchHubError, ConfigurationError, errorCodes, RateLimitedError } from './errors.ts'

test('an error carries its code, its class name and what an answer may show', () => {
  const error = new BadUserInputError('input.email', 'Give an e-mail address.')
  expect(error).toBeInstanceOf(ChurchHubError)
  expect(error).toMatchObject({
    name: 'BadUserInputError',
    code: 'BAD_USER_INPUT',
    extensions: { field: 'input.email' },
  })
  expect(new RateLimitedError(30).extensions).toEqual({ retryAfterSeconds: 30 })
  expect(new ConfigurationError('PORT is taken.').code).toBe('CONFIGURATION')
})

test('no code is listed twice', () => {
  expect(new Set(errorCodes).size).toBe(errorCodes.length)
})
