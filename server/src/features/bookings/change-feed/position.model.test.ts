import { expect, test } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { type ChangePosition, decodeCursor, encodeCursor } from './position.model.ts'

const [anna, ben] = ['019ab0c4-6d31-7c55-b0a1-3f0f6a3c1b2d', '019ab0c4-6d31-7c55-b0a1-3f0f6a3c1b2e'] as const
const hexOf = (id: string) => id.replaceAll('-', '')
const cursorOf = (...parts: string[]) => Buffer.from(`32${parts.join('')}`, 'hex').toString('base64url')

test.each([0x7f, 0x80, 0x3fff, 0x4000, 12_345, 2 ** 40, 999_999_999_999_999_999n])(
  'a position encodes how far each owner’s log was read: up to %s',
  (number) => {
    const position: ChangePosition = new Map([
      [anna, BigInt(number)],
      [ben, 1n],
    ])
    expect(decodeCursor(encodeCursor(position))).toEqual(position)
  },
)

test('equal positions have the same text, in any order of owners, and owners without changes are omitted', () => {
  const one = encodeCursor(
    new Map([
      [anna, 3n],
      [ben, 4n],
    ]),
  )
  expect(
    encodeCursor(
      new Map([
        [ben, 4n],
        [newId(), 0n],
        [anna, 3n],
      ]),
    ),
  ).toBe(one)
  expect(
    encodeCursor(
      new Map([
        [ben, 5n],
        [anna, 3n],
      ]),
    ),
  ).not.toBe(one)
  expect(decodeCursor(encodeCursor(new Map()))).toEqual(new Map())
})

test('two hundred pastors fit into five kilobytes', () => {
  const position = new Map(Array.from({ length: 200 }, (_, at) => [newId(), BigInt(at * 60 + 1)]))
  const cursor = encodeCursor(position)
  expect(decodeCursor(cursor)).toEqual(position)
  expect(cursor.length).toBeLessThan(5_000)
})

test('a version 1 cursor resumes where it was', () => {
  const first = (text: string) => Buffer.from(text).toString('base64url')
  expect(decodeCursor(first(`1[["${anna}","41"],["${ben}","7"]]`))).toEqual(
    new Map([
      [anna, 41n],
      [ben, 7n],
    ]),
  )
  expect(decodeCursor(first('1[]'))).toEqual(new Map())
  for (const text of ['1', '1{}', '1[["x","1"]]', `1[["${anna}","-1"]]`, `1[["${anna}",1]]`]) {
    expect(decodeCursor(first(text)), text).toBeNull()
  }
})

test.each([
  ['nothing', ''],
  ['words', 'not a cursor'],
  ['another version', Buffer.from('3').toString('base64url')],
  ['half an owner', cursorOf(hexOf(anna).slice(0, 20))],
  ['an owner without a number', cursorOf(hexOf(anna))],
  ['a number that is cut off', cursorOf(hexOf(anna), '81')],
  ['nought', cursorOf(hexOf(anna), '00')],
  ['a number longer than it has to be', cursorOf(hexOf(anna), '8100')],
  ['a number of ten bytes', cursorOf(hexOf(anna), '80808080808080808001')],
  ['a number of 19 digits', cursorOf(hexOf(anna), 'ffffffffffffffff7f')],
  ['an owner twice', cursorOf(hexOf(anna), '01', hexOf(anna), '02')],
  ['owners in another order', cursorOf(hexOf(ben), '01', hexOf(anna), '02')],
  ['something behind it', cursorOf(hexOf(anna), '01', '00')],
])('%s is no cursor', (_name, cursor) => {
  expect(decodeCursor(cursor)).toBeNull()
})

test('a cursor with more owners than a church can have is rejected', () => {
  const owners = Array.from({ length: 10_001 }, (_, at) => `${at.toString(16).padStart(32, '0')}01`)
  expect(decodeCursor(cursorOf(...owners.slice(0, 10_000)))?.size).toBe(10_000)
  expect(decodeCursor(cursorOf(...owners))).toBeNull()
})
