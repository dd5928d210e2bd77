import { expect, test } from 'vitest'
import { Secret } from '../../platform/secret.ts'
import { createCursors } from './cursors.ts'

const keyOf = (byte: number) => new Secret(Buffer.alloc(32, byte))
const cursors = createCursors({ masterKey: keyOf(1), previousMasterKey: null })
const position = Buffer.from('Anna, 2026-08-04')

test('equal positions of one list have equal cursors, and all others have different ones', () => {
  const cursor = cursors.seal('bookings', position)
  expect(createCursors({ masterKey: keyOf(1), previousMasterKey: null }).seal('bookings', position)).toBe(cursor)
  const others = [
    cursors.seal('forms', position),
    cursors.seal('bookings', Buffer.from('Anna, 2026-08-05')),
    createCursors({ masterKey: keyOf(2), previousMasterKey: null }).seal('bookings', position),
  ]
  // Beyond the version, they share no beginning.
  expect(new Set([cursor, ...others].map((each) => each.slice(2, 12))).size).toBe(4)
})

test('a cursor is opened only for its list, and only unaltered', () => {
  const cursor = cursors.seal('bookings', position)
  expect(cursors.open('bookings', cursor)).toEqual(position)
  expect(cursors.open('booking', cursor)).toBeNull()
  expect(cursors.open('forms', cursor)).toBeNull()
  const bytes = Buffer.from(cursor, 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const altered = Buffer.from(bytes)
    altered[at] = (altered[at] ?? 0) ^ 1
    expect(cursors.open('bookings', altered.toString('base64url'))).toBeNull()
  }
  for (const length of bytes.keys()) {
    expect(cursors.open('bookings', bytes.subarray(0, length).toString('base64url'))).toBeNull()
  }
  for (const spelled of [`${cursor}=`, ` ${cursor}`, `${cursor}\n`, '', 'x'.repeat(10_000)]) {
    expect(cursors.open('bookings', spelled)).toBeNull()
  }
})

test('the list and the position are kept apart', () => {
  expect(cursors.seal('ab', Buffer.from('c'))).not.toBe(cursors.seal('a', Buffer.from('bc')))
  expect(cursors.open('a', cursors.seal('ab', Buffer.from('c')))).toBeNull()
})

test('cursors of the previous key are opened while it is set', () => {
  const old = createCursors({ masterKey: keyOf(1), previousMasterKey: null }).seal('bookings', position)
  expect(createCursors({ masterKey: keyOf(2), previousMasterKey: keyOf(1) }).open('bookings', old)).toEqual(position)
  expect(createCursors({ masterKey: keyOf(2), previousMasterKey: null }).open('bookings', old)).toBeNull()
})
