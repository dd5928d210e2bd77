import { hash, parseOptions } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { createSemaphore } from '../../platform/concurrency/semaphore.ts'
import { createPasswords, DUMMY_HASH } from './passwords.ts'

const passwords = createPasswords(createSemaphore({ maxConcurrent: 2, maxQueued: 64 }))

test('a password is hashed with argon2id and OWASP’s parameters, and only it matches the hash', async () => {
  const made = await passwords.hash('correct horse battery')
  expect(made).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await passwords.verify(made, 'correct horse battery')).toEqual({ isRight: true, needsRehash: false })
  expect(await passwords.verify(made, 'correct horse batterz')).toEqual({ isRight: false, needsRehash: false })
  expect(await passwords.hash('correct horse battery')).not.toBe(made)
})

test('without a hash no password is right, after the same amount of work', async () => {
  expect(await passwords.verify(null, 'anything')).toEqual({ isRight: false, needsRehash: false })
})

test('the dummy hash costs what a real one costs', async () => {
  const { saltLen, ...parameters } = parseOptions(await passwords.hash('any'))
  expect(parseOptions(DUMMY_HASH)).toEqual({ saltLen, ...parameters })
})

test('a hash with weaker parameters matches and needs a rehash', async () => {
  const weak = await hash('correct horse battery', { memoryCost: 8_192, timeCost: 1, parallelism: 1 })
  expect(await passwords.verify(weak, 'correct horse battery')).toEqual({ isRight: true, needsRehash: true })
})

test('a password matches whatever its Unicode normalization form', async () => {
  const made = await passwords.hash('caf\u00e9 au lait, please')
  expect(await passwords.verify(made, 'cafe\u0301 au lait, please')).toMatchObject({ isRight: true })
})
