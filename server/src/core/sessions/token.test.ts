import { expect, test } from 'vitest'
import { readSessionCookie, sessionIdOf } from './token.ts'

const token = 'abcdefghijklmnopqrstuvwxyz234567abcdefgh'

test('the token is found among other cookies', () => {
  expect(readSessionCookie(`churchhub_session=${token}`)).toBe(token)
  expect(readSessionCookie(`a=b; churchhub_session=${token}; c=d`)).toBe(token)
  expect(readSessionCookie(`a=b;churchhub_session=${token}`)).toBe(token)
})

test('of two the first is taken: browsers send the one of the narrower path first', () => {
  expect(readSessionCookie(`churchhub_session=${token}; churchhub_session=${token.replace('a', 'z')}`)).toBe(token)
})

test.each([null, undefined, '', 'a=b', 'churchhub_session=', 'churchhub_session=short', `xchurchhub_session=${token}`])(
  'there is none in %j',
  (header) => {
    expect(readSessionCookie(header)).toBeNull()
  },
)

test("a neighbour's broken cookie does not lock anybody out", () => {
  expect(readSessionCookie(`broken=%E0%A4%A; churchhub_session=${token}`)).toBe(token)
})

test('the id in the database is the SHA-256 of the token', () => {
  expect(sessionIdOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
