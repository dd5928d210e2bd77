import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { mountSmallDisk } from './support/small-disk.ts'
import { type Outcome, runSerially, withTwoNodes } from './support/two-nodes.ts'

/** Enough for PostgreSQL with its databases and its WAL, and little else. */
const megabytes = 400
const disk = await mountSmallDisk(megabytes)
const unless = disk === null ? ' (skipped: this process may not mount a file system; run it as root to see it)' : ''

describe.skipIf(disk === null)(`a completely full disk that holds data, WAL and audit log${unless}`, () => {
  let postgres: BreakablePostgres
  let serial: Outcome

  beforeAll(async () => {
    postgres = await startBreakablePostgres({ max_wal_size: '64MB', min_wal_size: '32MB' }, disk?.directory)
    serial = await runSerially(postgres)
  })
  afterAll(async () => {
    await postgres.stop()
    await disk?.remove()
  })

  // Fails if `databaseFailureOf` doesn't recognize class 53: failed writes were answered with 500 and INTERNAL.
  it('gives clear errors on both nodes, opens nothing unaudited, loses nothing, and both recover', async () => {
    await withTwoNodes({ postgres, name: 'full_disk', serial, load: { paceMs: 50 } }, async ({ nodes, load }) => {
      await wait(500)
      await disk?.fill()
      const before = new Map(load.refusals())
      const isRefusedBy = ({ url }: { url: string }) => (load.refusals().get(url) ?? 0) > (before.get(url) ?? 0)
      while (!nodes.every(isRefusedBy)) {
        await disk?.fill()
        await wait(100)
      }
      // No node crashes, and requests get a response for as long as it lasts.
      for (const until = Date.now() + 5_000; Date.now() < until; await wait(200)) {
        await disk?.fill()
        for (const { url } of nodes) expect((await fetch(`${url}/healthz`)).status).toBe(200)
      }
      for (const { url } of nodes) expect((await fetch(`${url}/readyz`)).status).toBe(503)
      await disk?.free()
    })
  })
})
