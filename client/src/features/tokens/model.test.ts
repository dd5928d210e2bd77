import { expect, test } from 'vitest'
import { formatNearDate } from '../../lib/time.ts'
import { endAfter, lastUseOf, statusOf } from './model.ts'

const now = new Date('2026-11-22T12:00:00Z')
const activeToken = { isActive: true, awaitsConfirmation: false, expiresAt: '2026-12-24T12:00:00Z', revokedAt: null }

test('a token says when it expires or expired', () => {
  expect(statusOf(activeToken, now)).toBe(`Expires ${formatNearDate(new Date(activeToken.expiresAt), now)}`)
  expect(statusOf({ ...activeToken, isActive: false, expiresAt: '2026-11-20T12:00:00Z' }, now)).toMatch(
    /^Expired \w{3}/,
  )
  expect(statusOf({ ...activeToken, isActive: false, revokedAt: '2026-11-21T12:00:00Z' }, now)).toMatch(
    /^Revoked \w{3}/,
  )
  expect(statusOf({ ...activeToken, isActive: false }, now)).toBe('Inactive')
  expect(statusOf({ ...activeToken, isActive: false, awaitsConfirmation: true }, now)).toMatch(
    /^Waiting for an admin · expires /,
  )
})

test('a token says when it was last used', () => {
  expect(lastUseOf({ lastUsedAt: null }, now)).toBe('Never used')
  expect(lastUseOf({ lastUsedAt: '2026-11-22T11:55:00Z' }, now)).toBe('Last used 5 min ago')
})

test('a new token expires in the selected number of days', () => {
  expect(endAfter(7, now)).toBe('2026-11-29T12:00:00.000Z')
})
