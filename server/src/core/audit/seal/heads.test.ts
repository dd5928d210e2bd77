import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendHead, type Head, readHeads, readLastHead } from './heads.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'churchhub-heads-'))
  path = join(directory, 'home', 'audit-head.jsonl')
})
afterEach(() => rm(directory, { recursive: true }))

const head = (number: number): Head => ({
  number,
  digest: 'ab'.repeat(32),
  mac: 'cd'.repeat(32),
  sealedAt: '2026-01-01T00:00:00.000Z',
})
const all = () => Array.fromAsync(readHeads(path))

test('heads are appended one per line to a file that only its owner can read', async () => {
  expect(await readLastHead(path)).toBeNull()
  expect(await all()).toEqual([])
  for (const number of [1, 2, 30]) await appendHead(path, head(number))
  expect(await all()).toEqual([head(1), head(2), head(30)])
  expect(await readLastHead(path)).toEqual(head(30))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a partial line after a crash affects no other', async () => {
  await appendHead(path, head(1))
  await appendFile(path, '{"number":2,"digest":"ab')
  expect(await readLastHead(path)).toEqual(head(1))
  await appendHead(path, head(3))
  expect(await all()).toEqual([head(1), head(3)])
})

test('a copy of the server’s log can be read too', async () => {
  await appendHead(path, head(1))
  const line = { level: 'info', time: 'now', ...head(2), msg: 'the newest seal of the audit log' }
  await writeFile(path, `plain text\n{"level":"info","msg":"digest"}\n${JSON.stringify(line)}\n[1,2]\nnull "digest"\n`)
  expect(await all()).toEqual([head(2)])
})
