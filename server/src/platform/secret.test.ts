import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from './secret.ts'

test('a secret reveals itself only through reveal()', () => {
  const secret = new Secret('open sesame')
  const outputs = [
    String(secret),
    `${secret}`,
    `${'text '}${secret}`,
    JSON.stringify({ secret }),
    inspect(secret, { depth: 9, showHidden: true }),
    inspect({ nested: [secret] }),
    Object.entries(secret).join(),
  ]
  expect(outputs.filter((text) => text.includes('sesame'))).toEqual([])
  expect(secret.reveal()).toBe('open sesame')
})
