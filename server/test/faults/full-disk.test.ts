import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { mountSmallDisk } from './support/small-disk.ts'
import { type Outcome, runSerially, withTwoNodes } from './support/two-nodes.ts'

/** PostgreSQL with its databases and its WAL fits, and little else. */
const megabytes = 400
const disk = await mountSmallDisk(megabytes)
const unless = disk === null ? ' (skipped: this process may not mount a file system; run it as root to see it)' : ''

describe.skipIf(disk === null)(
  `a disk that is full to its last byte, with data, WAL and audit log on it${unless}`,
  () => {
    let postgres: BreakablePostgres
    let serial: Outcome

    beforeAll(async () => {
      postgres = await startBreakablePostgres({ max_wal_size: '64MB', min_wal_size: '32MB' }, disk?.directory)
      serial = await runSerially(postgres, 'serial')
    })
    afterAll(async () => {
      await postgres.stop()
      await disk?.remove()
    })

    // Seen red with class 53 taken out of `databaseFailureOf`: what could not be written was answered 500 and INTERNAL.
    it('is refused clearly by both nodes, opens nothing that is not on record, loses nothing, and all goes on once it is free', async () => {
      await withTwoNodes({ postgres, name: 'full_disk', serial, storm: { paceMs: 50 } }, async ({ nodes, storm }) => {
        await wait(500)
        await disk?.fill()
        const before = new Map(storm.refusals())
        const isRefusedBy = ({ url }: { url: string }) => (storm.refusals().get(url) ?? 0) > (before.get(url) ?? 0)
        while (!nodes.every(isRefusedBy)) {
          await disk?.fill()
          await wait(100)
        }
        // Nobody crashes of it, and who asks is answered for as long as it lasts.
        for (const until = Date.now() + 5_000; Date.now() < until; await wait(200)) {
          await disk?.fill()
          for (const { url } of nodes) expect((await fetch(`${url}/healthz`)).status).toBe(200)
        }
        await disk?.free()
      })
    })
  },
)
