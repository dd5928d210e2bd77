import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { freshDatabase } from '../support/database.ts'
import { openTestVault } from '../support/parish.ts'

const processes = 4
const each = 250_000

function draw(url: string): Promise<Buffer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/nonce-writer.ts'), url, String(each)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return buffer(child.stdout)
}

// Fails with a nonce from a per-process counter, and with eight of its twelve bytes fixed.
test('a million nonces under one key, from four processes, are all different', async () => {
  await using fresh = await freshDatabase()
  await openTestVault(fresh.database)
  const batches = await Promise.all(Array.from({ length: processes }, () => draw(fresh.url)))
  expect(await fresh.database.dataKey.count()).toBe(1)
  const nonces = new Set<string>()
  for (const batch of batches) {
    expect(batch.length).toBe(each * 12)
    for (let at = 0; at < batch.length; at += 12) nonces.add(batch.toString('latin1', at, at + 12))
  }
  expect(nonces.size).toBe(processes * each)
}, 120_000)
