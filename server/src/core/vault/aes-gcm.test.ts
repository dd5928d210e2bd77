import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { decryptBytes, encryptBytes } from './aes-gcm.ts'
import { UnreadableError } from './errors.ts'

const hex = z.string().transform((text) => Buffer.from(text, 'hex'))
const vectorFile = z.object({
  testGroups: z.array(
    z.object({
      tests: z.array(
        z.object({
          tcId: z.number(),
          comment: z.string(),
          key: hex,
          iv: hex,
          aad: hex,
          msg: hex,
          ct: hex,
          tag: hex,
          result: z.enum(['valid', 'invalid']),
        }),
      ),
    }),
  ),
})

// Project Wycheproof, aes_gcm_test.json: the group of 256-bit keys, 96-bit nonces and 128-bit tags.
const path = join(import.meta.dirname, '../../../test/vectors/aes-gcm-256-96.json')
const vectors = vectorFile.parse(JSON.parse(readFileSync(path, 'utf8'))).testGroups.flatMap((group) => group.tests)

test('there are 66 vectors of both kinds', () => {
  expect(vectors).toHaveLength(66)
  expect(vectors.filter((vector) => vector.result === 'invalid')).toHaveLength(27)
})

test.each(vectors.filter((vector) => vector.result === 'valid'))(
  'vector $tcId encrypts to its ciphertext and tag, and decrypts to its message',
  ({ key, iv, aad, msg, ct, tag }) => {
    expect(encryptBytes(key, iv, msg, aad)).toEqual({ ciphertext: ct, tag })
    expect(decryptBytes(key, iv, { ciphertext: ct, tag }, aad)).toEqual(msg)
  },
)

test.each(vectors.filter((vector) => vector.result === 'invalid'))(
  'vector $tcId ($comment) is refused',
  ({ key, iv, aad, ct, tag }) => {
    expect(() => decryptBytes(key, iv, { ciphertext: ct, tag }, aad)).toThrow(UnreadableError)
  },
)

test('a truncated tag of a length that Node would accept is refused', () => {
  const key = Buffer.alloc(32, 1)
  const nonce = Buffer.alloc(12, 2)
  const { ciphertext, tag } = encryptBytes(key, nonce, Buffer.from('words'), Buffer.alloc(0))
  for (const length of [4, 8, 12, 13, 14, 15]) {
    const truncated = { ciphertext, tag: tag.subarray(0, length) }
    expect(() => decryptBytes(key, nonce, truncated, Buffer.alloc(0))).toThrow(UnreadableError)
  }
})
