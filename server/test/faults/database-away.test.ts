import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BreakablePostgres, startBreakablePostgres } from './breakable-postgres.ts'
import { type Node, startNode } from './node.ts'
import { openParish, type Parish } from './parish.ts'
import { startTcpProxy } from './tcp-proxy.ts'
import { atOnce, complaintsAbout, type Sent, send, sendUntilAcknowledged, webhooksOfLives } from './traffic.ts'

let postgres: BreakablePostgres
let parish: Parish
let node: Node | undefined

beforeAll(async () => {
  postgres = await startBreakablePostgres()
  parish = await openParish(postgres.url)
})
afterEach(async () => {
  await node?.end('SIGTERM')
  node = undefined
})
afterAll(async () => {
  await parish.close()
  await postgres.stop()
})

let nextLife = 0

/** Webhooks that no other test has sent. */
function freshWebhooks(lives: number) {
  nextLife += lives
  return webhooksOfLives(nextLife).slice(-lives)
}

/** Webhooks and questions without end, until `isOver`; what is wrong with any answer comes out. */
async function traffic(url: string, isOver: () => boolean): Promise<string[]> {
  const complaints: string[] = []
  const webhooks = freshWebhooks(200)
  const lanes = [0, 1, 2, 3].map(async (lane) => {
    for (let at = lane; !isOver(); at += 4) {
      const webhook = webhooks[at % webhooks.length]
      const answers = [webhook ? await send(url, webhook) : null, await ask(url)]
      for (const sent of answers) if (sent !== null) complaints.push(...complaintsAbout(sent))
      await wait(5)
    }
  })
  await Promise.all(lanes)
  return complaints
}

async function ask(url: string): Promise<Sent | null> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      // A cookie that no session has: the database has to be asked for it.
      headers: { 'content-type': 'application/json', cookie: `churchhub_session=${'a'.repeat(40)}` },
      body: JSON.stringify({ query: '{ viewer { name } }' }),
    })
    return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') }
  } catch {
    return null
  }
}

async function serves(running: Node): Promise<void> {
  await running.ready(30)
  for (const webhook of freshWebhooks(2)) {
    await sendUntilAcknowledged(
      () => [running.url],
      webhook,
      () => undefined,
    )
  }
  expect((await ask(running.url))?.status).toBe(200)
}

/** What the node did not expect, for whoever reads a failure. */
function unexpectedIn(running: Node): string {
  return running
    .output()
    .split('\n')
    .filter((line) => line.includes('unexpected error'))
    .slice(0, 5)
    .join('\n')
}

describe('while its database', () => {
  // Seen red with `databaseFailureOf` blind to what is unavailable: answers were 500 and INTERNAL.
  it('is killed three times, the server answers 200 or 503 and tells nothing, and is healthy within 30 s', async () => {
    const running = await startNode(postgres.url)
    node = running
    let isOver = false
    const complaints = traffic(running.url, () => isOver)
    for (let kill = 0; kill < 3; kill++) {
      await wait(700)
      await postgres.kill()
      await running.ready(30)
    }
    isOver = true
    expect(await complaints, unexpectedIn(running)).toEqual([])
    expect(running.hasEnded()).toBe(false)
    await serves(running)
  })

  // Seen red while `databaseFailureOf` did not know a transaction that was cut off: one answer was a 500.
  it('ends every connection once a second for a minute, the same holds', async () => {
    const running = await startNode(postgres.url)
    node = running
    let isOver = false
    const complaints = traffic(running.url, () => isOver)
    for (let second = 0; second < 60; second++) {
      await wait(1_000)
      await postgres.terminateBackends()
    }
    isOver = true
    expect(await complaints, unexpectedIn(running)).toEqual([])
    expect(running.hasEnded()).toBe(false)
    await serves(running)
  })

  // Seen red with `databaseFailureOf` blind to the pool's own timeout: nobody was told to come back.
  it('holds every connection of the pool, the others are told to come back, before any is free again', async () => {
    const running = await startNode(postgres.url, { DATABASE_POOL_SIZE: '2' })
    node = running
    await postgres.asSuperuser(async (client) => {
      await client.query('BEGIN')
      await client.query('LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE')
      const asked = Array.from({ length: 12 }, () => ask(running.url))
      let answered = 0
      const told = new Promise<void>((resolve) => {
        for (const answer of asked) {
          void answer.then((sent) => {
            if (sent?.status === 503 && sent.retryAfter !== null) answered += 1
            if (answered === 10) resolve()
          })
        }
      })
      expect((await fetch(`${running.url}/healthz`)).status).toBe(200)
      await told
      await client.query('COMMIT')
      await Promise.all(asked)
    })
    await serves(running)
  })

  // Seen red while nothing knew the pool's query_timeout for what it is: answers were 500.
  it('is behind a line that goes dead without ending, the server gives up on it and comes back with the line', async () => {
    const { hostname, port } = new URL(postgres.url)
    const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
    const url = new URL(postgres.url)
    url.port = String(proxy.port)
    const running = await startNode(url.href)
    node = running
    proxy.freeze()
    const during = await Promise.all(Array.from({ length: 4 }, () => ask(running.url)))
    expect(
      during.map((sent) => sent?.status),
      unexpectedIn(running),
    ).toEqual([503, 503, 503, 503])
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200)
    proxy.thaw()
    await serves(running)
    proxy.close()
  })

  // Seen red with class 53 taken out of `databaseFailureOf`. The disk is full by PostgreSQL's own word for it.
  it('has a full disk, nothing is acknowledged that was not kept, and what comes after is', async () => {
    const running = await startNode(postgres.url)
    node = running
    await postgres.asSuperuser((client) =>
      client.query(`
        CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON webhook_deliveries EXECUTE FUNCTION disk_is_full()`),
    )
    const webhooks = freshWebhooks(5)
    const refused = await Promise.all(webhooks.map((webhook) => send(running.url, webhook)))
    expect(refused.flatMap((sent) => (sent ? complaintsAbout(sent, [503]) : ['no answer']))).toEqual([])
    await postgres.asSuperuser((client) =>
      client.query('DROP TRIGGER full_disk ON webhook_deliveries; DROP FUNCTION disk_is_full'),
    )
    await atOnce(5, webhooks, (webhook) =>
      sendUntilAcknowledged(
        () => [running.url],
        webhook,
        () => undefined,
      ),
    )
    await serves(running)
  })
})
