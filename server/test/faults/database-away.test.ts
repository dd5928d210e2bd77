import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts'
import { type Outcome, runSerially, withTwoNodes } from './support/two-nodes.ts'
import { askAs } from './support/webhook-load.ts'

let postgres: BreakablePostgres
let serial: Outcome

beforeAll(async () => {
  postgres = await startBreakablePostgres()
  serial = await runSerially(postgres, 'serial')
})
afterAll(() => postgres.stop())

/** A line to the database that can be made bad, and how a database's URL reads through it. */
async function lineTo(): Promise<{ proxy: TcpProxy; urlOf: (url: string) => string }> {
  const { hostname, port } = new URL(postgres.url)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  const urlOf = (direct: string) => {
    const url = new URL(direct)
    url.port = String(proxy.port)
    return url.href
  }
  return { proxy, urlOf }
}

const healthOf = async (url: string) => (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5_000) })).status

describe('two nodes on one database, with webhooks, readings and writings on both, lose nothing and end as a serial run while it', () => {
  // Seen red with `databaseFailureOf` blind to what is unavailable: answers were 500 and INTERNAL.
  it('is killed three times', async () => {
    await withTwoNodes({ postgres, name: 'killed', serial }, async ({ nodes }) => {
      for (let kill = 0; kill < 3; kill++) {
        await wait(700)
        await postgres.kill()
        await Promise.all(nodes.map((node) => node.ready(30)))
      }
    })
  })

  // Seen red while `databaseFailureOf` did not know a transaction that was cut off: one answer was a 500.
  it('ends every connection once a second for a minute', async () => {
    const storm = { paceMs: 700 }
    await withTwoNodes({ postgres, name: 'terminated', serial, storm }, async () => {
      for (let second = 0; second < 60; second++) {
        await wait(1_000)
        await postgres.terminateBackends()
      }
    })
  })

  // Seen red with `databaseFailureOf` blind to the pool's own timeout: nobody was told to come back.
  it('holds every connection of the pools, and says so quickly, before any is free again', async () => {
    const variables = { DATABASE_POOL_SIZE: '2' }
    await withTwoNodes({ postgres, name: 'exhausted', serial, variables }, async ({ nodes, cookie, url }) => {
      await postgres.asSuperuser(async (client) => {
        await client.query('BEGIN')
        await client.query('LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE')
        for (const node of nodes) {
          const began = Date.now()
          // A cookie has to be looked up: two of them hold the pool, the others find none free.
          const asked = Array.from({ length: 12 }, () => askAs(node.url, cookie, '{ viewer { name } }'))
          const told = asked.map(async (answer) => {
            const sent = await answer
            return sent?.status === 503 && sent.retryAfter !== null ? Promise.resolve() : Promise.reject(new Error())
          })
          await atLeast(10, told)
          expect(Date.now() - began).toBeLessThan(10_000)
          expect(await healthOf(node.url)).toBe(200)
        }
        await client.query('COMMIT')
      }, new URL(url).pathname.slice(1))
    })
  })

  // Seen red while nothing knew the pool's query_timeout for what it is: answers were 500.
  it('is behind a line that goes dead without ending', async () => {
    const { proxy, urlOf } = await lineTo()
    await withTwoNodes({ postgres, name: 'half_open', serial, urlOf }, async ({ nodes, storm }) => {
      await wait(500)
      proxy.freeze()
      // Each node gives up on the line by itself, and says so.
      while (storm.refusals().size < nodes.length) await wait(100)
      for (const node of nodes) expect(await healthOf(node.url)).toBe(200)
      proxy.thaw()
    })
    proxy.close()
  })

  // A slow line is no fault. Seen red with a limit of 95 ms for an answer, which takes it for a dead one: nothing was opened.
  it('is behind a line on which every piece takes 50 ms', async () => {
    const { proxy, urlOf } = await lineTo()
    await withTwoNodes({ postgres, name: 'slow', serial, urlOf }, async ({ nodes, storm }) => {
      proxy.slowDown(50)
      const before = storm.openings()
      const given = () => storm.openings() - before
      try {
        await expect.poll(given, { timeout: 60_000, interval: 100 }).toBeGreaterThanOrEqual(10)
        for (const node of nodes) expect(await healthOf(node.url)).toBe(200)
      } finally {
        proxy.slowDown(0)
      }
    })
    proxy.close()
  })
})

/** Ends when so many of them have been kept; fails when too many have been broken for that. */
function atLeast(count: number, promises: readonly Promise<unknown>[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let [kept, broken] = [0, 0]
    for (const promise of promises) {
      promise.then(
        () => {
          if (++kept === count) resolve()
        },
        () => {
          if (++broken > promises.length - count) reject(new Error('too few of them'))
        },
      )
    }
  })
}
