import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { startNode } from './support/node.ts'
import { openParish, type Parish, settled } from './support/parish.ts'
import { atOnce, complaintsAbout, sendUntilAcknowledged, webhooksOfSequences } from './support/traffic.ts'
import { askAs, signInAt } from './support/webhook-load.ts'

let postgres: BreakablePostgres
let parish: Parish

beforeAll(async () => {
  postgres = await startBreakablePostgres()
  parish = await openParish(postgres.url)
})
afterAll(async () => {
  await parish.close()
  await postgres.stop()
})

// Fails if a node that starts under load exits because partitions can't be created at that moment.
it('a rolling restart by SIGTERM under load gives only 200 responses, and every job runs once', async () => {
  const nodes = [await startNode(postgres.url), await startNode(postgres.url)]
  const webhooks = webhooksOfSequences(250)
  const complaints: string[] = []
  const codes: (number | null)[] = []
  let restarting = Promise.resolve()
  let restarts = 0
  await atOnce(16, webhooks, async (webhook, at) => {
    if (restarts < 4 && at > (restarts + 1) * 60) {
      const index = restarts++ % 2
      restarting = restarting.then(async () => {
        const node = nodes[index]
        if (node === undefined) return
        codes.push(await node.end('SIGTERM'))
        complaints.push(...errorsIn(node.output()))
        nodes[index] = await startNode(postgres.url, { PORT: String(node.port) })
      })
    }
    await sendUntilAcknowledged(
      () => nodes.map(({ url }) => url),
      webhook,
      (sent) => complaints.push(...complaintsAbout(sent, [200])),
    )
  })
  await restarting
  await settled(parish.database)
  for (const node of nodes) codes.push(await node.end('SIGTERM'))
  expect(complaints).toEqual([])
  expect(codes).toEqual([0, 0, 0, 0, 0, 0])
  expect(await parish.database.workerJob.count({ where: { status: { not: 'completed' } } })).toBe(0)
})

// Fails if components stop in the order in which they started: the server still accepted requests while their
// dependencies were closing.
it('a request in progress at SIGTERM keeps its database connection until it ends', async () => {
  const node = await startNode(postgres.url)
  const cookie = await signInAt(node.url)
  await postgres.asSuperuser(async (client) => {
    await client.query('BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE')
    const answer = askAs(node.url, cookie, '{ viewer { name } }')
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%sessions%'`
    // In another session, because within a transaction the view keeps its first snapshot.
    const countWaiting = () => postgres.asSuperuser(async (other) => (await other.query(waiting)).rowCount)
    await expect.poll(countWaiting, { timeout: 10_000 }).toBeGreaterThan(0)
    const ended = node.end('SIGTERM')
    // It refuses new connections, so it is stopping, and has had time to close what it has open.
    await expect.poll(() => fetch(`${node.url}/healthz`).catch(() => null), { timeout: 10_000 }).toBe(null)
    await client.query('SELECT pg_sleep(0.5)')
    await client.query('COMMIT')
    expect(await answer).toMatchObject({ status: 200, text: expect.stringContaining('"name"') })
    expect(await ended).toBe(0)
  })
  expect(errorsIn(node.output())).toEqual([])
})

// Fails with headersTimeout and requestTimeout at 0, which means no limit.
it('a client that sends half a request is disconnected, and others are served meanwhile', async () => {
  const node = await startNode(postgres.url)
  const holders = Array.from({ length: 50 }, () => connect(node.port, '127.0.0.1'))
  const closed = Promise.all(
    holders.map(async (socket) => {
      socket.on('error', () => undefined)
      socket.resume()
      socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ')
      await once(socket, 'close')
    }),
  )
  expect((await fetch(`${node.url}/readyz`)).status).toBe(200)
  await closed
  expect(await node.end('SIGTERM')).toBe(0)
})

/** The error lines of the log; a clean stop has none. */
function errorsIn(output: string): string[] {
  return output.split('\n').filter((line) => line.includes('"level":"error"'))
}
