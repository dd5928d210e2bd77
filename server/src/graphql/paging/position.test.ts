import fc from 'fast-check'
import { expect, test } from 'vitest'
import { positionBytes, positionValues } from './position.ts'

const anyValue = fc.oneof(
  fc.constant(null),
  fc.uuid(),
  fc.integer(),
  fc.date({ noInvalidDate: true }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary', maxLength: 300 }),
)

test('values are read as they were written', () => {
  fc.assert(
    fc.property(fc.array(anyValue), (values) => {
      expect(positionValues(positionBytes(values))).toEqual(values)
    }),
  )
})

test('different values have different bytes', () => {
  fc.assert(
    fc.property(fc.array(anyValue), fc.array(anyValue), (one, other) => {
      expect(positionBytes(one).equals(positionBytes(other))).toBe(JSON.stringify(one) === JSON.stringify(other))
    }),
    // A time, and its number of milliseconds.
    { examples: [[[new Date(0)], [0]]] },
  )
})

test('a UUID and a time take 26 bytes', () => {
  expect(positionBytes([new Date(), '01990000-0000-7000-8000-000000000000'])).toHaveLength(26)
})
