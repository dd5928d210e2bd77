import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dateTimeText } from './date-time.ts'

it('a time has one text, whatever its source', () => {
  const from = Date.UTC(1, 0, 1)
  const times = fc.date({ min: new Date(from), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  fc.assert(
    fc.property(times, (time) => {
      const text = time.toISOString()
      expect(dateTimeText(time)).toBe(text)
      expect(dateTimeText(text)).toBe(text)
      // PostgreSQL drops trailing zeros of a fraction.
      expect(dateTimeText(text.replace(/\.?0*Z$/, '+00:00'))).toBe(text)
    }),
  )
})

it.each([
  ['2026-11-22T10:00:00+00:00', '2026-11-22T10:00:00.000Z'],
  ['2026-11-22T10:00:00.5+00:00', '2026-11-22T10:00:00.500Z'],
  ['2026-11-22T10:00:00.123456+00:00', '2026-11-22T10:00:00.123Z'],
  ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
  ['2026-11-22T10:00:00+02:00', '2026-11-22T08:00:00.000Z'],
])('%s is formatted as %s', (text, expected) => {
  expect(dateTimeText(text)).toBe(expected)
})

it.each(['infinity', '', 'tomorrow', '2026-11-22T10:00:00+00:00 BC'])('%j is rejected', (text) => {
  expect(() => dateTimeText(text)).toThrow(RangeError)
})
