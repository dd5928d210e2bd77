import { expect, test } from 'vitest'
import { UnreadableError } from './errors.ts'
import { aadOf, formatEncrypted, parseEncrypted } from './format.ts'

const keyId = '0123456789abcdef'
const parts = { keyId, nonce: Buffer.alloc(12, 1), ciphertext: Buffer.from('ciphertext'), tag: Buffer.alloc(16, 2) }
const sealed = formatEncrypted(parts)

test('an encrypted text is v1, the key id, and base64url of nonce, ciphertext and tag', () => {
  const bytes = Buffer.concat([parts.nonce, parts.ciphertext, parts.tag])
  expect(sealed).toBe(`v1.${keyId}.${bytes.toString('base64url')}`)
  expect(parseEncrypted(sealed)).toEqual(parts)
})

test('an empty plaintext has an empty ciphertext', () => {
  const empty = { ...parts, ciphertext: Buffer.alloc(0) }
  expect(parseEncrypted(formatEncrypted(empty))).toEqual(empty)
})

test.each([
  ['nothing', ''],
  ['plaintext', 'I would like to talk about my marriage.'],
  ['clear JSON', '{"notes":"hello"}'],
  ['another version', sealed.replace('v1', 'v2')],
  ['no version', sealed.slice(3)],
  ['a key id of another shape', sealed.replace(keyId, keyId.toUpperCase())],
  ['a fourth part', `${sealed}.AAAA`],
  ['an empty payload', `v1.${keyId}.`],
  ['a payload too short for nonce and tag', `v1.${keyId}.${Buffer.alloc(27).toString('base64url')}`],
  ['padding', `${sealed}=`],
  ['base64 that is not base64url', `v1.${keyId}.${'+/'.repeat(20)}`],
  ['bits beyond the last byte', sealed.replace(/I$/, 'J')],
  ['an impossible base64 length', `${sealed}AA`],
  ['a line break before', `\n${sealed}`],
  ['a line break after', `${sealed}\n`],
])('%s is refused as unreadable, and by no other error', (_, text) => {
  expect(() => parseEncrypted(text)).toThrow(UnreadableError)
})

test('the AAD contains version, key, column, row and owner', () => {
  const aad = aadOf(keyId, { column: 'bookings.encryptedIntakeData', rowId: 'row', ownerId: 'owner' })
  expect(aad.toString()).toBe(`v1|${keyId}|bookings.encryptedIntakeData|row|owner`)
})

test('an ambiguous AAD part is refused', () => {
  const column = 'bookings.encryptedIntakeData'
  expect(() => aadOf(keyId, { column, rowId: 'row|owner', ownerId: 'x' })).toThrow(UnreadableError)
  expect(() => aadOf(keyId, { column, rowId: 'row', ownerId: '' })).toThrow(UnreadableError)
})
