import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { printSdl } from '../graphql/schema/print-sdl.ts'
import { schema } from '../schema.ts'

/** Writes the schema as SDL to server/schema.graphql. With `--check`, fails instead if that file is stale. */
const path = resolve(import.meta.dirname, '../../schema.graphql')
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

if (!values.check) {
  writeFileSync(path, printSdl(schema))
} else if (readFileSync(path, 'utf8') !== printSdl(schema)) {
  console.error('server/schema.graphql is stale. Run npm run schema:print and commit it.')
  process.exitCode = 1
}
