import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { idOf, openReaders } from '../../bench/fan-out-readers.ts'
import { createSessions } from '../../src/core/sessions/sessions.ts'
import { readCursorNow } from '../../src/features/bookings/change-feed/changes.reads.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { addBooking, addPerson, testOrigin } from '../support/parish.ts'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { type Node, startNode } from './support/node.ts'
import { openParish, type Parish } from './support/parish.ts'

const subscribers = 5_000
/** The maximum memory per subscriber: socket, request, operation and their buffers. */
const mostKibibytesEach = 150

let postgres: BreakablePostgres
let parish: Parish
let node: Node

beforeAll(async () => {
  postgres = await startBreakablePostgres()
  parish = await openParish(postgres.url)
  node = await startNode(postgres.url, {
    LIMIT_STREAMS_PER_USER: String(subscribers),
    LIMIT_BUDGET_POINTS: '2000000000',
    ROLE: 'web',
  })
})
afterAll(async () => {
  await node?.end('SIGTERM')
  await parish?.close()
  await postgres?.stop()
})

// Fails with a user's default rate limit budget, which this many subscriptions exhaust.
it('five thousand subscribers of one node all receive every change once, with few statements', async () => {
  const { database } = parish
  const pastor = await addPerson(database, 'pastor')
  const bookingId = await addBooking(parish, pastor)
  const after = await readCursorNow(database, pastor)
  const sessions = createSessions({ database, clock: systemClock, secureCookies: false })
  const cookies: string[] = []
  for (let made = 0; made < subscribers / 50; made++) {
    const { token } = await database.$transaction((tx) => sessions.create(tx, pastor.userId, testOrigin))
    cookies.push(sessions.cookieFor(token).split(';')[0] ?? '')
  }
  const before = residentKibibytes(node.pid)
  const query =
    'subscription($after: String) { bookingChanged(after: $after) { cursor kind booking { id title attendees { name } } } }'
  await using readers = await openReaders(subscribers, (reader) => ({
    url: `${node.url.replace('http', 'ws')}/graphql`,
    protocols: ['graphql-transport-ws'],
    cookie: cookies[reader % cookies.length] ?? '',
    words: [
      '{"type":"connection_init"}',
      JSON.stringify({ id: idOf(reader), type: 'subscribe', payload: { query, variables: { after } } }),
    ],
  }))
  const change = (kind: string) => () =>
    database.$queryRaw`
    SELECT append_booking_change(${pastor.userId}::uuid, ${bookingId}::uuid, ${kind})`
  // The first response of each also reports the subscription's cost.
  await readers.deliver(change('created'), false)
  const asked = await statements()
  for (const kind of ['updated', 'summary_ready', 'cancelled']) {
    const { payload, latenciesMs } = await readers.deliver(change(kind))
    expect(JSON.parse(payload)).toMatchObject({ data: { bookingChanged: { kind: kind.toUpperCase() } } })
    expect(latenciesMs).toHaveLength(subscribers)
  }
  // One per subscriber would be fifteen thousand.
  expect((await statements()) - asked).toBeLessThan(300)
  const each = (residentKibibytes(node.pid) - before) / subscribers
  console.log(`${subscribers} subscribers, ${each.toFixed(0)} KiB each`)
  expect(each).toBeLessThan(mostKibibytesEach)
}, 300_000)

/** The number of transactions in ChurchHub's database. A single statement counts as one. */
async function statements(): Promise<number> {
  // Backends report their counts once a second.
  await wait(1_500)
  return postgres.asSuperuser(async (client) => {
    const { rows } = await client.query<{ seen: string }>(
      'SELECT xact_commit + xact_rollback AS seen FROM pg_stat_database WHERE datname = current_database()',
    )
    return Number(rows[0]?.seen)
  })
}

function residentKibibytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN)
}
