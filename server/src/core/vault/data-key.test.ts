import { expect, test } from 'vitest'
import { Secret } from '../../platform/secret.ts'
import { createDataKey, fingerprintOf, unwrapDataKey, wrapDataKey } from './data-key.ts'

const masterKey = new Secret(Buffer.alloc(32, 1))
const otherMasterKey = new Secret(Buffer.alloc(32, 2))

test('a data key is only unwrapped with its master key and its own id', () => {
  const { keyId, key } = createDataKey()
  const wrapped = wrapDataKey(masterKey, keyId, key)
  expect(unwrapDataKey(masterKey, keyId, wrapped)).toEqual(key)
  expect(unwrapDataKey(otherMasterKey, keyId, wrapped)).toBeNull()
  expect(unwrapDataKey(masterKey, createDataKey().keyId, wrapped)).toBeNull()
})

test.each(['', 'v1.', 'v2.AAAA', 'v1.AAAA', 'not a key'])(
  'damage (%j) yields null instead of an exception',
  (wrapped) => {
    expect(unwrapDataKey(masterKey, '0123456789abcdef', wrapped)).toBeNull()
  },
)

test('the wrapped key does not contain the key', () => {
  const { keyId, key } = createDataKey()
  const wrapped = Buffer.from(wrapDataKey(masterKey, keyId, key).slice(3), 'base64url')
  expect(wrapped.includes(key)).toBe(false)
})

test('master keys have different, stable fingerprints', () => {
  // The format is stored in databases: a change would lock them all.
  expect(fingerprintOf(masterKey)).toBe(fingerprintOf(new Secret(Buffer.alloc(32, 1))))
  expect(fingerprintOf(masterKey)).toMatch(/^[0-9a-f]{16}$/)
  expect(fingerprintOf(masterKey)).not.toBe(fingerprintOf(otherMasterKey))
})
