import { setTimeout as wait } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { decodeCursor, encodeCursor } from '../../src/features/bookings/change-feed/position.model.ts'
import { addBooking } from '../support/parish.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'

type Change = { cursor: string; kind: string; bookingId: string; booking: { id: string; title: string } | null }
type Result = { data?: { bookingChanged: Change } | null; errors?: readonly { extensions?: { code?: string } }[] }

const subscription =
  'subscription($after: String) { bookingChanged(after: $after) { cursor kind bookingId booking { id title } } }'

let church: RunningChurch
const clients: Client[] = []

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose()
})
afterAll(() => church.close())

/** A client of one person, and the close codes of its sockets. */
function connect(person: Pick<Person, 'cookie'> | null, headers: Record<string, string> = {}) {
  class SocketOf extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: { ...(person && { cookie: person.cookie }), ...headers } })
    }
  }
  const closed: number[] = []
  const client = createClient({
    url: `${church.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: SocketOf,
    retryAttempts: 0,
    // The event is a CloseEvent, which graphql-ws leaves untyped.
    on: { closed: (event) => closed.push((event as { code: number }).code) },
  })
  clients.push(client)
  return { client, closed }
}

/** Follows until `count` changes have arrived, or the stream has ended. */
async function follow(client: Client, after: string | null, count: number): Promise<Result[]> {
  const results: Result[] = []
  const iterator = client.iterate<{ bookingChanged: Change }>({ query: subscription, variables: { after } })
  for await (const result of iterator) {
    results.push(result as Result)
    if (results.length === count) break
  }
  return results
}

async function bookingOf(person: Person): Promise<string> {
  return addBooking(church.deps, person)
}

async function change(person: Person, bookingId: string, kind = 'updated'): Promise<void> {
  await church.deps.database
    .$queryRaw`SELECT append_booking_change(${person.userId}::uuid, ${bookingId}::uuid, ${kind})`
}

async function cursorOf(person: Person): Promise<string> {
  const { data } = await church.ask<{ bookingCursor: string }>(person, '{ bookingCursor }')
  return data?.bookingCursor ?? ''
}

const kindsOf = (results: readonly Result[]) => results.map(({ data }) => data?.bookingChanged.kind)

describe('bookingChanged over a WebSocket', () => {
  it('replays the changes after the cursor, then continues live, each change once and in order', async () => {
    const { pastor } = church
    const bookingId = await bookingOf(pastor)
    const cursor = await cursorOf(pastor)
    await change(pastor, bookingId, 'created')
    await change(pastor, bookingId, 'updated')
    const { client } = connect(pastor)
    const following = follow(client, cursor, 4)
    await wait(200)
    await change(pastor, bookingId, 'summary_ready')
    await change(pastor, bookingId, 'cancelled')
    expect(kindsOf(await following)).toEqual(['CREATED', 'UPDATED', 'SUMMARY_READY', 'CANCELLED'])
  })

  it('loses and repeats nothing when a client resumes after every change', async () => {
    const { pastor } = church
    const bookingId = await bookingOf(pastor)
    let cursor = await cursorOf(pastor)
    const kinds = ['created', 'updated', 'summary_ready', 'rescheduled', 'updated', 'cancelled']
    for (const kind of kinds) await change(pastor, bookingId, kind)
    const received: (string | undefined)[] = []
    while (received.length < kinds.length) {
      const [result] = await follow(connect(pastor).client, cursor, 1)
      received.push(result?.data?.bookingChanged.kind)
      cursor = result?.data?.bookingChanged.cursor ?? cursor
    }
    expect(received).toEqual(kinds.map((kind) => kind.toUpperCase()))
  })

  it('shows the booking as its viewer may see it: redacted for an admin', async () => {
    const { pastor, admin } = church
    const cursor = await cursorOf(admin)
    await change(pastor, await bookingOf(pastor))
    const [own] = await follow(connect(pastor).client, await cursorBefore(pastor, 1), 1)
    const [redacted] = await follow(connect(admin).client, cursor, 1)
    expect(own?.data?.bookingChanged.booking?.title).toContain('Maria Santos')
    expect(redacted?.data?.bookingChanged.booking?.title).toBe('Pastoral Care')
  })

  it('sends only changes that match the filter, and every removal', async () => {
    const { pastor } = church
    const narrow =
      'subscription($after: String) { bookingChanged(after: $after, kinds: [CREATED, CANCELLED, REMOVED], where: { status: [CANCELLED] }) { cursor kind bookingId booking { id title } } }'
    const after = await cursorOf(pastor)
    const confirmed = await bookingOf(pastor)
    const cancelled = await addBooking(church.deps, pastor, { columns: { status: 'cancelled' } })
    await change(pastor, confirmed, 'created')
    await change(pastor, cancelled, 'updated')
    await change(pastor, cancelled, 'cancelled')
    await change(pastor, confirmed, 'removed')
    const received: (string | undefined)[] = []
    const results = connect(pastor).client.iterate<{ bookingChanged: Change }>({ query: narrow, variables: { after } })
    for await (const { data } of results) {
      received.push(data?.bookingChanged.kind)
      if (received.length === 2) break
    }
    expect(received).toEqual(['CANCELLED', 'REMOVED'])
  })

  it('sends nothing to another pastor', async () => {
    const { pastor, otherPastor } = church
    const cursor = await cursorOf(otherPastor)
    await change(pastor, await bookingOf(pastor))
    const own = await bookingOf(otherPastor)
    await change(otherPastor, own, 'created')
    const results = await follow(connect(otherPastor).client, cursor, 1)
    expect(results[0]?.data?.bookingChanged.booking?.id).toBe(Buffer.from(`Booking:${own}`).toString('base64'))
  })

  it('reads only the viewer’s own log, even with another viewer’s cursor', async () => {
    const { pastor, otherPastor } = church
    await change(pastor, await bookingOf(pastor))
    const own = await bookingOf(otherPastor)
    await change(otherPastor, own)
    const results = await follow(connect(otherPastor).client, await cursorOf(pastor), 1)
    // Another pastor's booking would be null here.
    expect(results[0]?.data?.bookingChanged.booking).not.toBeNull()
  })

  it('ends with CURSOR_EXPIRED when the log no longer reaches back, and keeps the socket open', async () => {
    const { pastor } = church
    const bookingId = await bookingOf(pastor)
    const cursor = await cursorOf(pastor)
    for (let at = 0; at < 3; at++) await change(pastor, bookingId)
    await church.deps.database.$executeRaw`
      DELETE FROM booking_changes WHERE "ownerId" = ${pastor.userId}::uuid
        AND number < (SELECT max(number) FROM booking_changes WHERE "ownerId" = ${pastor.userId}::uuid)`
    const { client, closed } = connect(pastor)
    const other = follow(client, await cursorOf(pastor), 1)
    const [expired] = await follow(client, cursor, 1)
    expect(expired?.errors?.[0]?.extensions?.code).toBe('CURSOR_EXPIRED')
    expect(closed).toEqual([])
    await change(pastor, bookingId)
    expect(kindsOf(await other)).toEqual(['UPDATED'])
  })

  it('rejects an invalid cursor as bad input', async () => {
    const [result] = await follow(connect(church.pastor).client, 'bm90IG91cnM', 1)
    expect(result?.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  })

  it('closes the socket with 4403 when its session ends, and sends nothing more', async () => {
    const deactivated = await church.addPerson('pastor', 'Pastor Mark', 11)
    const { client, closed } = connect(deactivated)
    const results: Result[] = []
    const ended = (async () => {
      for await (const result of client.iterate({ query: subscription })) results.push(result as Result)
    })().catch(() => undefined)
    await wait(200)
    await church.ask(deactivated, 'mutation { signOut { ok } }')
    await change(deactivated, await bookingOf(deactivated))
    await ended
    expect(closed).toEqual([4403])
    expect(results.filter(({ data }) => data)).toEqual([])
  })

  it('closes the socket with 4403 when its user is deactivated', async () => {
    const deactivated = await church.addPerson('pastor', 'Pastor Barnabas', 12)
    const { client, closed } = connect(deactivated)
    const ended = follow(client, null, 1).catch(() => undefined)
    await wait(200)
    await church.deps.database.user.update({ where: { id: deactivated.userId }, data: { isActive: false } })
    await church.deps.sessions.endAllOf(church.deps.database, deactivated.userId)
    await ended
    expect(closed).toEqual([4403])
  })

  it('needs a session', async () => {
    const { client, closed } = connect(null)
    await follow(client, null, 1).catch(() => undefined)
    expect(closed).toEqual([4403])
  })

  it('rejects a socket opened by another site’s page', async () => {
    const { client } = connect(church.pastor, { origin: 'https://evil.example' })
    await expect(follow(client, null, 1)).rejects.toBeDefined()
  })

  it('answers an operation with invalid GraphQL with its own error, and keeps the socket open', async () => {
    const { client, closed } = connect(church.pastor)
    const other = follow(client, await cursorOf(church.pastor), 1)
    const invalid = client.iterate({ query: 'subscription {' })
    await expect(invalid.next()).rejects.toMatchObject([{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }])
    const unknown = client.iterate({ query: '{ nothing }' })
    await expect(unknown.next()).rejects.toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }])
    const valid = client.iterate<{ viewer: { name: string } }>({ query: '{ viewer { name } }' })
    expect((await valid.next()).value?.data?.viewer.name).toBe('Pastor Paul')
    // Before the last stream ends, because a client closes a socket it no longer needs.
    expect(closed).toEqual([])
    await change(church.pastor, await bookingOf(church.pastor))
    expect(kindsOf(await other)).toEqual(['UPDATED'])
  })
})

describe('bookingChanged over Server-Sent Events', () => {
  it('sends the same stream: replay from the cursor, then live', async () => {
    const { pastor } = church
    const bookingId = await bookingOf(pastor)
    const cursor = await cursorOf(pastor)
    await change(pastor, bookingId, 'created')
    const abort = new AbortController()
    const response = await fetch(`${church.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', cookie: pastor.cookie },
      body: JSON.stringify({ query: subscription, variables: { after: cursor } }),
      signal: abort.signal,
    })
    const kinds: string[] = []
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      kinds.splice(0, kinds.length, ...[...text.matchAll(/"kind":"(\w+)"/g)].map(([, kind]) => kind ?? ''))
      if (kinds.length === 1) await change(pastor, bookingId, 'cancelled')
      if (kinds.length === 2) break
    }
    abort.abort()
    expect(kinds).toEqual(['CREATED', 'CANCELLED'])
  })
})

/** The cursor from this many changes ago in a person's own log. */
async function cursorBefore(person: Person, changes: number): Promise<string> {
  const position = decodeCursor(await cursorOf(person))
  if (position === null) throw new Error('This is no cursor.')
  return encodeCursor(new Map([...position].map(([ownerId, number]) => [ownerId, number - BigInt(changes)])))
}
