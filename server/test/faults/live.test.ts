import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/core/access/viewer.ts'
import { createSessions } from '../../src/core/sessions/sessions.ts'
import { readCursorNow } from '../../src/features/bookings/change-feed/changes.reads.ts'
import { decodeCursor } from '../../src/features/bookings/change-feed/position.model.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { addBooking, addPerson, testOrigin } from '../support/parish.ts'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { expectExactly, type Follower, type LogRow, startFollower } from './support/follower.ts'
import { type Node, startNode } from './support/node.ts'
import { openParish, type Parish } from './support/parish.ts'

type Person = Readonly<{ viewer: Viewer; cookie: string; after: string }>

let postgres: BreakablePostgres
let parish: Parish
const nodes: Node[] = []
let people: { pastor: Person; otherPastor: Person; admin: Person }
let changers: ChildProcess[] = []
let followers = new Map<Follower, Person>()

beforeAll(async () => {
  postgres = await startBreakablePostgres()
  parish = await openParish(postgres.url)
  for (const role of ['pastor', 'pastor'] as const) {
    const owner = await addPerson(parish.database, role)
    for (let at = 0; at < 5; at++) await addBooking(parish, owner)
  }
})
afterEach(async () => {
  for (const changer of changers.splice(0)) await stop(changer)
  for (const follower of followers.keys()) await follower.end()
  for (const node of nodes.splice(0)) {
    node.resume()
    await node.end('SIGTERM')
  }
})
afterAll(async () => {
  await parish.close()
  await postgres.stop()
})

/** Several processes that change bookings, and subscribers over sockets and event streams, spread over the nodes. */
async function begin(nodeCount: number, variables: Record<string, string> = {}): Promise<Follower[]> {
  for (let at = 0; at < nodeCount; at++) nodes.push(await startNode(postgres.url, variables))
  people = {
    pastor: await signIn('pastor', 0),
    otherPastor: await signIn('pastor', 1),
    admin: await signIn('admin', 0),
  }
  followers = new Map()
  const { pastor, otherPastor, admin } = people
  for (const [person, transport] of [
    [pastor, 'WebSocket'],
    [pastor, 'SSE'],
    [otherPastor, 'WebSocket'],
    [admin, 'WebSocket'],
    [admin, 'SSE'],
  ] as const) {
    const first = followers.size
    // Each starts at a different node, and moves to the next when it loses one.
    const urls = () => nodes.map((_, at) => nodes[(at + first) % nodes.length]?.url ?? '')
    followers.set(startFollower({ urls, cookie: person.cookie, transport, after: person.after }), person)
  }
  const program = join(import.meta.dirname, 'support/changer.ts')
  const env = { ...process.env, DATABASE_URL: postgres.url }
  changers = Array.from({ length: 3 }, () => spawn(process.execPath, [program], { env, stdio: 'inherit' }))
  await wait(1_000)
  return [...followers.keys()]
}

async function signIn(role: 'pastor' | 'admin', at: number): Promise<Person> {
  const { database } = parish
  const found = await database.user.findMany({ where: { role, calUserId: { contains: '-' } }, orderBy: { id: 'asc' } })
  const userId = found[at]?.id ?? (await addPerson(database, role)).userId
  const sessions = createSessions({ database, clock: systemClock, secureCookies: false })
  const { token, sessionId } = await database.$transaction((tx) => sessions.create(tx, userId, testOrigin))
  const viewer: Viewer = { kind: 'person', userId, role, sessionId }
  const [cookie = ''] = sessions.cookieFor(token).split(';')
  return { viewer, cookie, after: await readCursorNow(database, viewer) }
}

/** Terminates every node's LISTEN connection, and changes a booking before they can reconnect. */
async function killListeners(owner: Person = people.otherPastor): Promise<void> {
  const { userId } = owner.viewer
  await postgres.asSuperuser(async (client) => {
    const { rows } = await client.query<{ id: string }>('SELECT id FROM bookings WHERE "userId" = $1 LIMIT 1', [userId])
    await client.query(
      `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name = 'churchhub-events'`,
    )
    await client.query(`SELECT append_booking_change($1, $2, 'updated')`, [userId, rows[0]?.id])
  })
}

/** Stops the changes, waits until all are delivered, and compares what every subscriber received with the log. */
async function everybodyHasTheLog(): Promise<void> {
  for (const changer of changers.splice(0)) await stop(changer)
  for (const [follower, person] of followers) {
    const log = await logAfter(person)
    expect(log.length).toBeGreaterThan(50)
    await until(() => follower.seen.length >= log.length)
  }
  // Any duplicate arrives within this time.
  await wait(500)
  for (const [follower, person] of followers) {
    await follower.end()
    expectExactly(follower, person.after, await logAfter(person))
  }
}

async function logAfter({ viewer, after }: Person): Promise<LogRow[]> {
  const rows = await parish.database.$queryRaw<LogRow[]>`
    SELECT "ownerId", number, "bookingId", kind FROM booking_changes
    WHERE ${viewer.role === 'admin'} OR "ownerId" = ${viewer.userId}::uuid
    ORDER BY "ownerId", number`
  const seen = decodeCursor(after)
  if (seen === null) throw new Error(`no cursor: ${after}`)
  return rows.filter((row) => row.number > (seen.get(row.ownerId) ?? 0n))
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Gives up after half a minute: the comparison that follows then reports what is missing. */
async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 600 && !holds(); attempt++) await wait(50)
}

const lossesOf = (all: readonly Follower[]) => all.reduce((sum, follower) => sum + follower.losses(), 0)

describe('every subscriber receives exactly the log, nothing missing or repeated, when', () => {
  // Fails with a replay that starts one change late (`number > COALESCE(s.number, 0) + 1`), or one early.
  it('connections are cut at random while three processes change bookings', async () => {
    const all = await begin(1)
    for (let cut = 0; cut < 60; cut++) {
      all[Math.floor(Math.random() * all.length)]?.cut()
      await wait(Math.random() * 150)
    }
    await everybodyHasTheLog()
    expect(lossesOf(all)).toBeGreaterThan(40)
  })

  // Fails if the tail doesn't catch up after reconnecting.
  it('the LISTEN connection is killed repeatedly, without closing any subscriber’s connection', async () => {
    const all = await begin(1)
    for (let kill = 0; kill < 20; kill++) {
      await killListeners()
      await wait(Math.random() * 400)
    }
    for (const changer of changers.splice(0)) await stop(changer)
    // No node receives the very last notification.
    await killListeners(people.pastor)
    await everybodyHasTheLog()
    expect(lossesOf(all)).toBe(0)
  })

  // Fails if the tail gives up at the first failed read.
  it('PostgreSQL is killed and restarted three times', async () => {
    await begin(1)
    for (let kill = 0; kill < 3; kill++) {
      await wait(1_500)
      await postgres.kill()
      await nodes[0]?.ready(30)
    }
    await wait(1_000)
    await everybodyHasTheLog()
  })

  // Fails if subscribers join at the node's tail position without reading the changes in between.
  it('a node is frozen past every timeout, and resumes', async () => {
    const all = await begin(2, { LIMIT_SOCKET_SILENCE_MS: '2000' })
    for (const node of [...nodes, ...nodes]) {
      node.suspend()
      await wait(7_000)
      node.resume()
      await wait(1_000)
    }
    await everybodyHasTheLog()
    expect(lossesOf(all)).toBeGreaterThan(0)
  })

  // Fails with a replay that starts one change late, and with event streams that a stopping node doesn't close: it then
  // waits for them.
  it('two nodes are restarted one after the other, twice', async () => {
    const all = await begin(2)
    for (const at of [0, 1, 0, 1]) {
      const node = nodes[at]
      if (node === undefined) throw new Error('there are two nodes')
      const startedAt = Date.now()
      expect(await node.end('SIGTERM')).toBe(0)
      expect(Date.now() - startedAt).toBeLessThan(15_000)
      nodes[at] = await startNode(postgres.url, { PORT: String(node.port) })
      await wait(500)
    }
    await everybodyHasTheLog()
    expect(lossesOf(all)).toBeGreaterThan(4)
  })
})
