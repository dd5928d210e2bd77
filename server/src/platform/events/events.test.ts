import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { createEvents, type Events } from './events.ts'

let fresh: FreshDatabase
const open: Events[] = []

beforeAll(async () => {
  fresh = await freshDatabase()
})

afterEach(async () => {
  for (const events of open.splice(0)) await events.close()
})

afterAll(() => fresh.close())

const log = { info: () => undefined, warn: () => undefined, error: vi.fn() }

function listen(options: Partial<Parameters<typeof createEvents>[0]> = {}): Events {
  const events = createEvents({ url: fresh.url, log, applicationName: 'churchhub events test', ...options })
  open.push(events)
  return events
}

const until = (claim: () => boolean) => vi.waitFor(() => expect(claim()).toBe(true), { timeout: 10_000, interval: 10 })

const notify = (channel: string, payload: string) =>
  fresh.database.$executeRaw`SELECT pg_notify(${channel}, ${payload})`

const terminateListener = () =>
  asSuperuser((client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'churchhub events test'`,
    ),
  )

describe('createEvents', () => {
  test('calls the handlers of a channel in commit order until they unsubscribe', async () => {
    const events = listen()
    const received: string[] = []
    const unsubscribe = events.on('parish', (payload) => received.push(payload))
    events.on('other', (payload) => received.push(`other ${payload}`))
    await until(events.isReady)
    for (const payload of ['1', '2', '3']) await notify('parish', payload)
    await until(() => received.length === 3)
    unsubscribe()
    await notify('parish', '4')
    await notify('other', '5')
    await until(() => received.includes('other 5'))
    expect(received).toEqual(['1', '2', '3', 'other 5'])
  })

  test('delivers nothing from a transaction that rolls back', async () => {
    const events = listen()
    const received: string[] = []
    events.on('parish', (payload) => received.push(payload))
    await until(events.isReady)
    const rolledBack = fresh.database.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_notify('parish', 'never')`
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    await notify('parish', 'after')
    await until(() => received.length > 0)
    expect(received).toEqual(['after'])
  })

  test('a channel added later is ready once it is listened to, and reports it', async () => {
    const events = listen()
    await until(events.isReady)
    const reconnected = vi.fn()
    events.onReconnect(reconnected)
    const received: string[] = []
    events.on('late', (payload) => received.push(payload))
    expect(events.isReady()).toBe(false)
    await until(events.isReady)
    await until(() => reconnected.mock.calls.length === 1)
    await notify('late', 'heard')
    await until(() => received.includes('heard'))
  })

  test('reconnects after its connection is terminated, reports the gap, and listens again', async () => {
    const events = listen()
    const received: string[] = []
    events.on('parish', (payload) => received.push(payload))
    await until(events.isReady)
    const reconnected = vi.fn()
    events.onReconnect(reconnected)
    for (let round = 1; round <= 3; round += 1) {
      await terminateListener()
      await until(() => reconnected.mock.calls.length === round)
      expect(events.isReady()).toBe(true)
      await notify('parish', `round ${round}`)
      await until(() => received.includes(`round ${round}`))
    }
  })

  test('a handler that throws does not affect the others', async () => {
    const events = listen()
    const received: string[] = []
    events.on('parish', () => {
      throw new Error('a bug')
    })
    events.on('parish', (payload) => received.push(payload))
    await until(events.isReady)
    await notify('parish', 'still')
    await until(() => received.includes('still'))
    expect(log.error).toHaveBeenCalled()
  })

  test('starts without a database, and connects once there is one', async () => {
    const proxy = await startProxy()
    await proxy.refuse()
    const events = listen({ url: proxy.url })
    events.on('parish', () => undefined)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(events.isReady()).toBe(false)
    await proxy.accept()
    await until(events.isReady)
    await events.close()
    await proxy.close()
  })

  // Fails without the heartbeat: a frozen connection stays "ready" forever.
  test('detects a half-open connection by its silence and replaces it', async () => {
    const proxy = await startProxy()
    const events = listen({ url: proxy.url, heartbeatMs: 100, heartbeatTimeoutMs: 200 })
    const received: string[] = []
    events.on('parish', (payload) => received.push(payload))
    await until(events.isReady)
    const reconnected = vi.fn()
    events.onReconnect(reconnected)
    proxy.freeze()
    await until(() => reconnected.mock.calls.length > 0)
    await notify('parish', 'thawed')
    await until(() => received.includes('thawed'))
    await events.close()
    await proxy.close()
  })

  test('closes while it cannot connect', async () => {
    const events = createEvents({ url: 'postgresql://nobody@127.0.0.1:1/nothing', log })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await events.close()
    expect(events.isReady()).toBe(false)
  })
})

/** A TCP proxy in front of the test's PostgreSQL that can refuse connections, and can go silent without closing. */
async function startProxy() {
  const target = new URL(fresh.url)
  const sockets = new Set<Socket>()
  let isFrozen = false
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    // Freezes open connections only: the next one is healthy.
    const wasFrozen = () => isFrozen && frozen.has(client)
    client.on('data', (bytes) => wasFrozen() || upstream.write(bytes))
    upstream.on('data', (bytes) => wasFrozen() || client.write(bytes))
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
  })
  const frozen = new Set<Socket>()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const url = new URL(fresh.url)
  url.port = String(port)
  const closeServer = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  return {
    url: url.href,
    freeze() {
      isFrozen = true
      for (const socket of sockets) frozen.add(socket)
    },
    refuse: closeServer,
    async accept() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    close: closeServer,
  }
}
