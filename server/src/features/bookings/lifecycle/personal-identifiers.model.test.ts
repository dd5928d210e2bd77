import { expect, test } from 'vitest'
import { containsIdentifier, personalIdentifiersOf } from './personal-identifiers.model.ts'

const of = personalIdentifiersOf({
  names: ['Anna-Lena Schmidt', 'Ed Öztürk', 'Hans von der Au'],
  addresses: ['max.muster@people.example'],
  numbers: ['+49 (170) 123-4567'],
  texts: ['Call me at 030 998877, or write to other@mail.example.'],
})

test.each([
  'Talk with ANNA',
  'annalenaschmidt',
  'talkWithSchmidt',
  'For Ozturk',
  'Schmidt%20care',
  'An\u200bna',
  'muster',
  'call 0170/1234567',
  'room 030-998877',
  'other@mail.example',
])('%s identifies an attendee', (text) => {
  expect(containsIdentifier(text, of, { isStrict: false })).toBe(true)
})

test.each(['Care Talk', 'Wedding planning', 'Bread and wine', 'Café der Stille', 'Savannah walk'])(
  '%s does not identify an attendee',
  (text) => {
    expect(containsIdentifier(text, of, { isStrict: false })).toBe(false)
  },
)

test('in strict mode, a text must not contain part of a name even within a word', () => {
  expect(containsIdentifier('Savannah walk', of, { isStrict: false })).toBe(false)
  expect(containsIdentifier('Savannah walk', of, { isStrict: true })).toBe(true)
})
