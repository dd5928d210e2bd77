import { expect, test } from 'vitest'
import { readSessionCookie, sessionCookieName, sessionIdOf } from './token.ts'

const token = 'abcdefghijklmnopqrstuvwxyz234567abcdefgh'
const read = (header: string | null | undefined) => readSessionCookie(header, sessionCookieName(false))

test('the token is found among other cookies', () => {
  expect(read(`churchhub_session=${token}`)).toBe(token)
  expect(read(`a=b; churchhub_session=${token}; c=d`)).toBe(token)
  expect(read(`a=b;churchhub_session=${token}`)).toBe(token)
})

test('of two the first is taken: browsers send the one of the narrower path first', () => {
  expect(read(`churchhub_session=${token}; churchhub_session=${token.replace('a', 'z')}`)).toBe(token)
})

test.each([null, undefined, '', 'a=b', 'churchhub_session=', 'churchhub_session=short', `xchurchhub_session=${token}`])(
  'there is none in %j',
  (header) => {
    expect(read(header)).toBeNull()
  },
)

test("a neighbour's broken cookie does not lock anybody out", () => {
  expect(read(`broken=%E0%A4%A; churchhub_session=${token}`)).toBe(token)
})

test('behind TLS only a cookie counts that no other host and no line in clear can have set', () => {
  const behindTls = (header: string) => readSessionCookie(header, sessionCookieName(true))
  expect(behindTls(`__Host-churchhub_session=${token}`)).toBe(token)
  expect(behindTls(`churchhub_session=${token}`)).toBeNull()
  expect(read(`__Host-churchhub_session=${token}`)).toBeNull()
})

test('the id in the database is the SHA-256 of the token', () => {
  expect(sessionIdOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
