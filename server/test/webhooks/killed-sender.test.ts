import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Receiver, startReceiver } from '../fakes/receiver.ts'
import { type Node, startNode } from '../faults/support/node.ts'
import { addBooking } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'

// Fails if the queue's `expireSeconds` and heartbeat exceed the test's timeout, and if an attempt is recorded before it
// is made.

const variables = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' }

let church: RunningChurch
let receiver: Receiver
const nodes: Node[] = []

beforeAll(async () => {
  church = await startChurch({ runsJobs: false, variables })
  receiver = await startReceiver()
})
afterAll(async () => {
  for (const node of nodes) await node.end('SIGKILL')
  await receiver.close()
  await church.close()
})

async function startWorker(): Promise<Node> {
  const keys = { ENCRYPTION_KEY: '0123456789abcdef0123456789abcdef' }
  const node = await startNode(church.databaseUrl, { ...variables, ...keys, ROLE: 'worker' })
  nodes.push(node)
  return node
}

test('a worker killed -9 loses no message: another worker resends them all under the same IDs', async () => {
  const { pastor } = church
  const { data } = await church.ask<{ createWebhookEndpoint: { secret: string } }>(
    pastor,
    'mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { secret } }',
    { input: { name: 'Wall', url: receiver.url, document: 'subscription { bookingChanged { kind bookingId } }' } },
  )
  receiver.trust(data?.createWebhookEndpoint.secret ?? '')
  const first = await startWorker()
  // Accepts every message and never responds, like a receiver whose database hangs.
  receiver.answer(() => undefined)
  for (let at = 0; at < 10; at++) {
    const bookingId = await addBooking(church.deps, pastor)
    await church.deps.database
      .$queryRaw`SELECT append_booking_change(${pastor.userId}::uuid, ${bookingId}::uuid, 'created')`
  }
  await receiver.until(4)
  await first.end('SIGKILL')
  const receivedIds = new Set(receiver.received.map(({ id }) => id))
  receiver.answer((_message, response) => response.writeHead(204).end())
  receiver.received.splice(0)
  await startWorker()
  const all = await receiver.until(10, 90_000)
  expect(new Set(all.map(({ id }) => id)).size).toBe(10)
  expect([...receivedIds].filter((id) => !all.some((message) => message.id === id))).toEqual([])
  expect(all.every(({ isSigned }) => isSigned)).toBe(true)
  // An accepted message is recorded a moment later. On a slow machine an attempt may time out in between; it is retried
  // like any other.
  const ends = async () => {
    const messages = await church.deps.database.webhookMessage.findMany({
      include: { tries: { orderBy: { number: 'asc' } } },
    })
    return messages.map(({ status, tries }) => [status, tries.at(-1)?.statusCode])
  }
  await expect
    .poll(ends, { timeout: 60_000, interval: 100 })
    .toEqual(Array.from({ length: 10 }, () => ['delivered', 204]))
}, 180_000)
