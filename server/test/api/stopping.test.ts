import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asSuperuser } from '../support/database.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { openSocket } from '../support/sockets.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

const startLeading = (leadMs: number) => church.secondNode({ variables: { SHUTDOWN_LEAD_MS: String(leadMs) } })

/** Follows the protocol: a connection is reused unless the response said that it closes. */
async function request(
  url: string,
  agent: Agent,
): Promise<{ status: number | undefined; connection: string | undefined }> {
  const sent = get(url, { agent })
  const [response]: IncomingMessage[] = await once(sent, 'response')
  if (response === undefined) throw new Error('no response')
  response.resume()
  await once(response, 'end')
  return { status: response.statusCode, connection: response.headers.connection }
}

it('a stopping node reports not ready, serves with Connection: close, and closes sockets after its lead', async () => {
  const node = await startLeading(1_000)
  const agent = new Agent({ keepAlive: true })
  expect(await request(`${node.url}/healthz`, agent)).toEqual({ status: 200, connection: 'keep-alive' })
  const socket = await openSocket(node.url, church.pastor)
  const began = Date.now()
  const stopped = node.close()
  // On the idle connection, then on new ones.
  expect(await request(`${node.url}/healthz`, agent)).toEqual({ status: 200, connection: 'close' })
  expect(await request(`${node.url}/readyz`, agent)).toEqual({ status: 503, connection: 'close' })
  expect((await node.ask(church.pastor, '{ viewer { name } }')).data).toEqual({ viewer: { name: 'Pastor Paul' } })
  expect(await socket.closed).toBe(1001)
  expect(Date.now() - began).toBeGreaterThanOrEqual(1_000)
  await stopped
  await expect(request(`${node.url}/healthz`, agent)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

it('a response to a request in progress says that its connection closes', async () => {
  const node = await startLeading(1_000)
  const agent = new Agent({ keepAlive: true })
  await asSuperuser(async (client) => {
    await client.query('BEGIN; LOCK TABLE _prisma_migrations IN ACCESS EXCLUSIVE MODE')
    const answer = request(`${node.url}/readyz`, agent)
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%_prisma_migrations%'`
    await expect.poll(() => asSuperuser(async (other) => (await other.query(waiting)).rowCount)).toBeGreaterThan(0)
    const stopped = node.close()
    await client.query('COMMIT')
    expect(await answer).toMatchObject({ connection: 'close' })
    await stopped
  }, church.databaseUrl)
})

// Fails without the lead: idle connections and the listening socket closed while clients still used them.
it('no request fails while a load balancer moves clients from a stopping node to another', async () => {
  const [first, second] = [await startLeading(1_000), await startLeading(0)]
  const agent = new Agent({ keepAlive: true })
  let current = first.url
  let isOver = false
  let served = 0
  const failures: unknown[] = []
  const client = async () => {
    while (!isOver) {
      const { status } = await request(`${current}/healthz`, agent).catch((error) => ({ status: error.code }))
      if (status === 200) served += 1
      else failures.push(status)
      await wait(Math.random() * 10)
    }
  }
  const balancer = async () => {
    while (current === first.url) {
      await wait(200)
      if ((await fetch(`${first.url}/readyz`)).status !== 200) current = second.url
    }
  }
  const clients = Array.from({ length: 8 }, client)
  await wait(200)
  await Promise.all([balancer(), first.close()])
  await wait(100)
  isOver = true
  await Promise.all(clients)
  expect(failures).toEqual([])
  expect(served).toBeGreaterThan(100)
})
