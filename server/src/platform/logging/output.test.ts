import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

const logWriter = resolve(import.meta.dirname, '../../../test/support/log-writer.ts')

const spawnWriter = (stdout: 'pipe' | number) =>
  spawn(process.execPath, [logWriter], { stdio: ['ignore', stdout, 'inherit', 'ipc'] })

/** Has the writer log this many lines, and returns how many it has dropped. */
async function logLines(writer: ChildProcess, lines: number): Promise<number> {
  writer.send(lines)
  const [{ dropped }] = await once(writer, 'message')
  return dropped
}

async function end(writer: ChildProcess): Promise<number | null> {
  writer.disconnect()
  const [code] = await once(writer, 'exit')
  return code
}

// Fails with a synchronous destination: the writer waits in write(2) for a reader.
test('a pipe that nobody reads blocks nothing, and what it doesn’t take is counted and reported', async () => {
  const writer = spawnWriter('pipe')
  const dropped = await logLines(writer, 20_000)
  expect(dropped).toBeGreaterThan(1_000)
  const lines: { msg: string; dropped?: number }[] = []
  if (writer.stdout === null) throw new Error('spawned with a pipe')
  createInterface({ input: writer.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  await expect
    .poll(() => lines.at(-1), { timeout: 10_000 })
    .toMatchObject({ level: 'warn', dropped, msg: 'log lines were dropped: standard output was full' })
  expect(lines.length - 1 + dropped).toBe(20_000)
  expect(await logLines(writer, 10)).toBe(dropped)
  await expect.poll(() => lines.length - 1 + dropped).toBe(20_010)
  expect(await end(writer)).toBe(0)
})

test('/metrics counts the dropped lines', async () => {
  let droppedLines = 3
  const metrics = createMetrics({ droppedLines: () => droppedLines })
  expect(await metrics.metrics()).toContain('\nlog_lines_dropped_total 3\n')
  droppedLines = 5
  expect(await metrics.metrics()).toContain('\nlog_lines_dropped_total 5\n')
})

test('a reader that goes away ends nothing', async () => {
  const writer = spawnWriter('pipe')
  await logLines(writer, 10)
  writer.stdout?.destroy()
  expect(await logLines(writer, 1_000)).toBeGreaterThan(500)
  expect(await end(writer)).toBe(0)
})

// Fails with pino's own destination: the unhandled error ends the process.
test('a full disk ends nothing, and what it doesn’t take is counted', async () => {
  const full = await open('/dev/full', 'w')
  const writer = spawnWriter(full.fd)
  expect(await logLines(writer, 20_000)).toBeGreaterThan(1_000)
  expect(await end(writer)).toBe(0)
  await full.close()
})
