import { expect, test } from 'vitest'
import { readSessionCookie, sessionCookieName, sessionIdOf } from './token.ts'

const token = 'abcdefghijklmnopqrstuvwxyz234567abcdefgh'
const read = (header: string | null | undefined) => readSessionCookie(header, sessionCookieName(false))

test('the token is found among other cookies', () => {
  expect(read(`churchhub_session=${token}`)).toBe(token)
  expect(read(`a=b; churchhub_session=${token}; c=d`)).toBe(token)
  expect(read(`a=b;churchhub_session=${token}`)).toBe(token)
})

test('of two tokens the first is used: browsers send the narrower path first', () => {
  expect(read(`churchhub_session=${token}; churchhub_session=${token.replace('a', 'z')}`)).toBe(token)
})

test.each([null, undefined, '', 'a=b', 'churchhub_session=', 'churchhub_session=short', `xchurchhub_session=${token}`])(
  'there is no token in %j',
  (header) => {
    expect(read(header)).toBeNull()
  },
)

test('a malformed cookie of another app does not lock anybody out', () => {
  expect(read(`broken=%E0%A4%A; churchhub_session=${token}`)).toBe(token)
})

test('behind TLS only a cookie with the __Host- prefix counts', () => {
  const behindTls = (header: string) => readSessionCookie(header, sessionCookieName(true))
  expect(behindTls(`__Host-churchhub_session=${token}`)).toBe(token)
  expect(behindTls(`churchhub_session=${token}`)).toBeNull()
  expect(read(`__Host-churchhub_session=${token}`)).toBeNull()
})

test('the id in the database is the SHA-256 of the token', () => {
  expect(sessionIdOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
