import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seededRandom } from '../../src/commands/simulate/people.ts'
import { addBooking, addSummary } from '../support/parish.ts'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { openParish, type Parish } from './support/parish.ts'
import { atOnce } from './support/traffic.ts'

const reader = resolve(import.meta.dirname, 'support/reader.ts')
const kills = 100
const seed = 20_261_122

let postgres: BreakablePostgres
let parish: Parish
let userId: string
const summaryIds: string[] = []

beforeAll(async () => {
  postgres = await startBreakablePostgres()
  parish = await openParish(postgres.url)
  userId = (await parish.database.user.findFirstOrThrow({ select: { id: true } })).id
  for (let number = 0; number < 5; number++) {
    const bookingId = await addBooking(parish, { userId })
    summaryIds.push(await addSummary(parish, { userId }, bookingId, `words ${number}`))
  }
})
afterAll(async () => {
  await parish.close()
  await postgres.stop()
})

/** Kills a reader with kill -9 this long after its first result. Returns the IDs of the summaries it received. */
async function readUntilKilled(milliseconds: number): Promise<string[]> {
  const child = spawn(process.execPath, [reader, postgres.url, userId, ...summaryIds], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const closed = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), closed])
  await wait(milliseconds)
  child.kill('SIGKILL')
  await closed
  if (child.signalCode !== 'SIGKILL') throw new Error(`the reader ended by itself:\n${stderr}`)
  return stdout.split('\n').filter((line) => line.length === 36)
}

// Fails if the text is returned before its audit row is written.
it(`kill -9 between audit and response, ${kills} times: no response is without its audit row`, async () => {
  const chance = seededRandom(seed)
  const delaysMs = Array.from({ length: kills }, () => Math.floor(chance() * 120))
  const answers: string[] = []
  await atOnce(4, delaysMs, async (delayMs) => void answers.push(...(await readUntilKilled(delayMs))))

  const logged = await parish.database.auditLog.groupBy({
    by: ['resourceId'],
    where: { action: 'summary.read', userId },
    _count: true,
  })
  const rowsOf = new Map(logged.map(({ resourceId, _count }) => [resourceId, _count]))
  const counts = summaryIds.map((id) => ({
    id,
    answers: answers.filter((answered) => answered === id).length,
    rows: rowsOf.get(id) ?? 0,
  }))
  // The kills hit running reads: each reader received something, and some rows never became a response.
  expect(answers.length).toBeGreaterThan(kills * 5)
  expect(counts.filter((count) => count.rows < count.answers)).toEqual([])
  expect(counts.some((count) => count.rows > count.answers)).toBe(true)
  expect(await parish.database.auditLog.count({ where: { action: 'summary.read', userId } })).toBeGreaterThanOrEqual(
    answers.length,
  )
})
