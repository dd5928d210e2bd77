import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { errorCodes } from '../../src/platform/errors.ts'

it('docs/errors.md lists exactly the codes that a response can carry', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const listed = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code))
  // CONFIGURATION prevents startup and never appears in a response.
  expect(listed.sort()).toEqual(errorCodes.filter((code) => code !== 'CONFIGURATION').sort())
})
