import { expect, test } from 'vitest'
import { originOf } from './origin.ts'

test('an address and a user agent are stored unchanged', () => {
  expect(originOf('203.0.113.7', 'curl/8')).toEqual({ ipAddress: '203.0.113.7', userAgent: 'curl/8' })
  expect(originOf('2001:db8::7', null)).toEqual({ ipAddress: '2001:db8::7', userAgent: null })
})

test('what inet cannot hold becomes null, so the log never refuses a row because of it', () => {
  expect(originOf('unknown', '').ipAddress).toBeNull()
  expect(originOf('10.0.0.1:443', '').ipAddress).toBeNull()
  expect(originOf(undefined, undefined)).toEqual({ ipAddress: null, userAgent: null })
})

test('a link-local address loses its zone', () => {
  expect(originOf('fe80::1%eth0', null).ipAddress).toBe('fe80::1')
})

test('a user agent is truncated, and stripped of characters that PostgreSQL text cannot hold', () => {
  expect(originOf(null, `a\0b`).userAgent).toBe('ab')
  expect(originOf(null, 'x'.repeat(10_000)).userAgent).toHaveLength(512)
})
