import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { errorCodes } from '../../src/platform/errors.ts'

it('docs/errors.md lists every code that an answer can carry, and no other', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const listed = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code))
  // CONFIGURATION stops a start and reaches no answer.
  expect(listed.sort()).toEqual(errorCodes.filter((code) => code !== 'CONFIGURATION').sort())
})
