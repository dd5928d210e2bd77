import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../fakes/tcp-proxy.ts'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { type Outcome, runSerially, withTwoNodes } from './support/two-nodes.ts'
import { askAs } from './support/webhook-load.ts'

let postgres: BreakablePostgres
let serial: Outcome

beforeAll(async () => {
  postgres = await startBreakablePostgres()
  serial = await runSerially(postgres)
})
afterAll(() => postgres.stop())

/** A proxy to the database that can inject network faults, and a function that routes a database URL through it. */
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

describe('two nodes under load lose nothing and end like a serial run while their database', () => {
  // Fails if `databaseFailureOf` doesn't recognize an unavailable database: responses were 500 and INTERNAL.
  it('is killed three times', async () => {
    await withTwoNodes({ postgres, name: 'killed', serial }, async ({ nodes }) => {
      for (let kill = 0; kill < 3; kill++) {
        await wait(700)
        await postgres.kill()
        await Promise.all(nodes.map((node) => node.ready(30)))
      }
    })
  })

  // Fails if `databaseFailureOf` doesn't recognize an aborted transaction: one response was a 500.
  it('loses all connections once a second for a minute', async () => {
    const load = { paceMs: 700 }
    await withTwoNodes({ postgres, name: 'terminated', serial, load }, async () => {
      for (let second = 0; second < 60; second++) {
        await wait(1_000)
        await postgres.terminateBackends()
      }
    })
  })

  // Fails if `databaseFailureOf` doesn't recognize the pool's own timeout: no client was told to retry.
  it('holds every pooled connection, and clients are told quickly, before any is free again', async () => {
    const variables = { DATABASE_POOL_SIZE: '2' }
    await withTwoNodes({ postgres, name: 'exhausted', serial, variables }, async ({ nodes, cookie, url }) => {
      await postgres.asSuperuser(async (client) => {
        await client.query('BEGIN')
        await client.query('LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE')
        for (const node of nodes) {
          const began = Date.now()
          // A cookie needs a look-up: two of them occupy the pool, the others find no free connection.
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

  // Fails if the pool's query_timeout isn't recognized: responses were 500.
  it('is unreachable because the network drops everything without closing connections', async () => {
    const { proxy, urlOf } = await lineTo()
    await withTwoNodes({ postgres, name: 'half_open', serial, urlOf }, async ({ nodes, load }) => {
      await wait(500)
      proxy.freeze()
      // Each node detects the dead connection by itself, and says so.
      while (load.refusals().size < nodes.length) await wait(100)
      for (const node of nodes) expect(await healthOf(node.url)).toBe(200)
      proxy.thaw()
    })
    proxy.close()
  })

  // Latency is no fault. Fails with a response timeout of 95 ms, which treats slow as dead: nothing was opened.
  it('is reached over a network that delays every chunk by 50 ms', async () => {
    const { proxy, urlOf } = await lineTo()
    await withTwoNodes({ postgres, name: 'slow', serial, urlOf }, async ({ nodes, load }) => {
      proxy.slowDown(50)
      const before = load.openings()
      const given = () => load.openings() - before
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

/** Resolves when this many promises are fulfilled; rejects when too many have been rejected for that. */
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
