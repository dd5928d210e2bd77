import { afterAll, beforeAll, expect, it } from 'vitest'
import { stateOf } from '../support/cal.ts'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { type Node, startNode } from './support/node.ts'
import { openParish, type Parish, settled } from './support/parish.ts'
import {
  atOnce,
  complaintsAbout,
  doubledAndShuffled,
  send,
  sendUntilAcknowledged,
  webhooksOfSequences,
} from './support/traffic.ts'

let postgres: BreakablePostgres
let serial: Parish
let parish: Parish
let nodes: Node[]

beforeAll(async () => {
  postgres = await startBreakablePostgres()
  const serialUrl = await postgres.makeDatabase('serial')
  const url = await postgres.makeDatabase('parallel')
  serial = await openParish(serialUrl)
  parish = await openParish(url)
  nodes = [await startNode(url), await startNode(url)]
})
afterAll(async () => {
  for (const node of nodes) await node.end('SIGTERM')
  await serial.close()
  await parish.close()
  await postgres.stop()
})

// Fails with a digest that never recognizes a duplicate.
it('1,000 webhooks, duplicated and shuffled, two nodes killed five times: ends like a serial run', async () => {
  const webhooks = webhooksOfSequences(400)
  const shuffled = doubledAndShuffled(webhooks)
  expect(shuffled.length).toBeGreaterThan(1_000)

  const complaints: string[] = []
  const acknowledged: unknown[] = []
  let kills = 0
  const killEvery = Math.floor(shuffled.length / 6)
  const urls = () => nodes.map(({ url }) => url)
  let restarting = Promise.resolve()

  await atOnce(40, shuffled, async (webhook, at) => {
    if (at % 10 === 3) {
      const refused = await send(urls()[at % 2] ?? '', { ...webhook, forged: true }, 'not the secret of this church')
      if (refused !== null) complaints.push(...complaintsAbout(refused, [401, 503]))
    }
    await sendUntilAcknowledged(urls, webhook, (sent) => complaints.push(...complaintsAbout(sent)))
    acknowledged.push(webhook)
    if (kills < 5 && acknowledged.length > (kills + 1) * killEvery) {
      const victim = kills++ % 2
      restarting = restarting.then(() => killAndRestart(victim))
    }
  })
  await restarting
  expect(kills).toBe(5)
  expect(complaints).toEqual([])

  const digests = await parish.database.webhookDelivery.count()
  expect(digests).toBe(webhooks.length)

  const alone = await startNode(await databaseUrlOf('serial'))
  for (const webhook of webhooks)
    await sendUntilAcknowledged(
      () => [alone.url],
      webhook,
      () => undefined,
    )
  await settled(serial.database)
  await settled(parish.database)
  await alone.end('SIGTERM')
  expect(await stateOf(parish)).toEqual(await stateOf(serial))

  // No change was lost to its subscribers: the log's numbers have no gaps.
  const [log] = await parish.database.$queryRaw<{ rows: bigint; last: bigint }[]>`
    SELECT count(*) AS rows, max(number) AS last FROM booking_changes`
  expect(log?.rows).toBe(log?.last)
  const summaries = await parish.database.$queryRaw<unknown[]>`
    SELECT "bookingId" FROM context_summaries GROUP BY "bookingId" HAVING count(*) > 1`
  expect(summaries).toEqual([])
})

async function killAndRestart(index: number): Promise<void> {
  const victim = nodes[index]
  if (victim === undefined) return
  await victim.end('SIGKILL')
  nodes[index] = await startNode(await databaseUrlOf('parallel'), { PORT: String(victim.port) })
}

async function databaseUrlOf(name: string): Promise<string> {
  const url = new URL(postgres.url)
  url.pathname = `/${name}`
  return url.href
}
