import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addBooking } from '../support/parish.ts'
import { type Message, openRawSocket, type RawSocket, type RawSocketOptions } from '../support/raw-socket.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'

const limits = {
  LIMIT_SOCKET_INIT_MS: '400',
  LIMIT_SOCKET_SILENCE_MS: '300',
  LIMIT_STREAMS_PER_USER: '6',
  LIMIT_SUBSCRIPTIONS_PER_SOCKET: '5',
  LIMIT_SOCKET_MESSAGES: '10',
  LIMIT_UNREAD_MS: '700',
  LIMIT_REPEATS: '100',
}

let church: RunningChurch
const open: RawSocket[] = []

beforeAll(async () => {
  church = await startChurch({ runsJobs: false, variables: limits })
})
afterEach(async () => {
  for (const { socket, closed } of open.splice(0)) {
    socket.terminate()
    await closed
  }
})
afterAll(() => church.close())

async function connect(options: RawSocketOptions = {}, url = church.url): Promise<RawSocket> {
  const raw = await openRawSocket(url, options)
  open.push(raw)
  return raw
}

async function connectAs(person: Person): Promise<RawSocket> {
  const raw = await connect({ cookie: person.cookie })
  await raw.init()
  return raw
}

const follow = 'subscription($after: String) { bookingChanged(after: $after) { cursor kind bookingId } }'

const subscribe = (id: string, query: string, more: Record<string, unknown> = {}): Message => ({
  id,
  type: 'subscribe',
  payload: { query, ...more },
})

async function change(person: Person, kind = 'updated'): Promise<void> {
  const bookingId = await addBooking(church.deps, person)
  await church.deps.database
    .$queryRaw`SELECT append_booking_change(${person.userId}::uuid, ${bookingId}::uuid, ${kind})`
}

async function cursorOf(person: Person): Promise<string> {
  const { data } = await church.ask<{ bookingCursor: string }>(person, '{ bookingCursor }')
  return data?.bookingCursor ?? ''
}

const init: Message = { type: 'connection_init' }
const badToken: Message = { type: 'connection_init', payload: { authorization: `Bearer chub_${'a'.repeat(43)}` } }
const flood = Array.from({ length: 130 }, (): Message => ({ type: 'ping' }))

describe('a socket that violates graphql-transport-ws', () => {
  // Each case fails without our own check, if the protocol library doesn't cover it: 4403 for a token, 1008, 1009
  // (without `maxPayload` it was 4400) and 4408 (without the time limit for `connection_init`, the socket stayed open).
  it.each<{ name: string; code: number; protocols?: string[]; isVisitor?: true; messages: (Message | string)[] }>([
    { name: 'requests no subprotocol', code: 4406, protocols: [], messages: [] },
    { name: 'sends invalid JSON', code: 4400, messages: ['this is no JSON'] },
    { name: 'sends an unknown message type', code: 4400, messages: ['{"type":"unheard_of"}'] },
    {
      name: 'subscribes without an id',
      code: 4400,
      messages: [init, { type: 'subscribe', payload: { query: follow } }],
    },
    { name: 'omits the query', code: 4400, messages: [init, { id: '1', type: 'subscribe', payload: {} }] },
    { name: 'sends a list as variables', code: 4400, messages: [init, subscribe('1', follow, { variables: [1] })] },
    { name: 'subscribes before connection_init', code: 4401, messages: [subscribe('1', follow)] },
    { name: 'has no session', code: 4403, isVisitor: true, messages: [init] },
    { name: 'sends an invalid token', code: 4403, messages: [badToken] },
    { name: 'never sends connection_init', code: 4408, messages: [] },
    { name: 'sends connection_init twice', code: 4429, messages: [init, init] },
    {
      name: 'reuses the id of an active operation',
      code: 4409,
      messages: [init, subscribe('1', follow), subscribe('1', follow)],
    },
    { name: 'sends a message of more than 256 KB', code: 1009, messages: [init, 'x'.repeat(256 * 1024 + 1)] },
    { name: 'exceeds the message rate', code: 1008, messages: [init, ...flood] },
  ])('is closed with $code: it $name', async ({ code, protocols, isVisitor, messages }) => {
    const raw = await connect({
      ...(isVisitor !== true && { cookie: church.pastor.cookie }),
      ...(protocols !== undefined && { protocols }),
    })
    for (const message of messages) {
      raw.say(message)
      if (message === init && messages.indexOf(init) === messages.lastIndexOf(init)) {
        await raw.heard(({ type }) => type === 'connection_ack').catch(() => undefined)
      }
    }
    expect(await raw.closed).toBe(code)
  })
})

describe('an operation that fails', () => {
  it.each<{ name: string; code: string; type: 'error' | 'next'; payload: Record<string, unknown> }>([
    { name: 'is not GraphQL', code: 'GRAPHQL_PARSE_FAILED', type: 'error', payload: { query: 'subscription {' } },
    {
      name: 'selects an unknown field',
      code: 'GRAPHQL_VALIDATION_FAILED',
      type: 'error',
      payload: { query: '{ nothing }' },
    },
    {
      name: 'names an unknown operation',
      code: 'GRAPHQL_VALIDATION_FAILED',
      type: 'error',
      payload: { query: 'query A { bookingCursor }', operationName: 'B' },
    },
    {
      name: 'has two operations and no operationName',
      code: 'GRAPHQL_VALIDATION_FAILED',
      type: 'error',
      payload: { query: 'query A { bookingCursor } query B { bookingCursor }' },
    },
    {
      name: 'has two root fields',
      code: 'GRAPHQL_VALIDATION_FAILED',
      type: 'error',
      payload: { query: 'subscription { a: bookingChanged { kind } b: bookingChanged { kind } }' },
    },
    {
      name: 'has a variable of the wrong type',
      code: 'GRAPHQL_VALIDATION_FAILED',
      type: 'next',
      payload: { query: follow, variables: { after: 7 } },
    },
    {
      name: 'has an invalid cursor',
      code: 'BAD_USER_INPUT',
      type: 'next',
      payload: { query: follow, variables: { after: 'bm90IG91cnM' } },
    },
    {
      name: 'exceeds the cost limit',
      code: 'QUERY_TOO_COMPLEX',
      type: 'error',
      payload: {
        query: `{ ${Array.from({ length: 31 }, (_, at) => `a${at}: bookingCursor`).join(' ')} }`,
      },
    },
    {
      name: 'signs in, which needs a cookie',
      code: 'BAD_REQUEST',
      type: 'next',
      payload: { query: 'mutation { signOut { ok } }' },
    },
    {
      name: 'nests its variables too deeply',
      code: 'BAD_REQUEST',
      type: 'error',
      payload: { query: '{ bookingCursor }', variables: { deep: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) } },
    },
  ])('gets its own error, and keeps the socket open: it $name', async ({ code, type, payload }) => {
    const { pastor } = church
    const raw = await connectAs(pastor)
    raw.say(subscribe('other', follow, { variables: { after: await cursorOf(pastor) } }))
    raw.say({ id: 'bad', type: 'subscribe', payload })
    const answer = await raw.heard((message) => message.id === 'bad')
    expect(answer.type).toBe(type)
    expect(codesIn(answer)).toEqual([code])
    await change(pastor)
    await raw.heard((message) => message.id === 'other' && message.type === 'next')
    expect(raw.socket.readyState).toBe(raw.socket.OPEN)
  })

  it('gets its own error above the socket’s operation limit, and succeeds once another has ended', async () => {
    const raw = await connectAs(church.pastor)
    for (const id of ['1', '2', '3', '4', '5', '6']) raw.say(subscribe(id, follow))
    const refused = await raw.heard(({ type }) => type === 'error')
    expect([refused.id, codesIn(refused)]).toEqual(['6', ['BAD_REQUEST']])
    raw.say({ id: '1', type: 'complete' }, subscribe('7', '{ bookingCursor }'))
    expect(await raw.heard(({ id }) => id === '7')).toMatchObject({ type: 'next', payload: { data: {} } })
  })

  it('gets its own error above the socket’s message rate, and succeeds in the next second', async () => {
    const raw = await connectAs(church.pastor)
    raw.say(...Array.from({ length: 50 }, (): Message => ({ type: 'pong' })), subscribe('late', '{ bookingCursor }'))
    const refused = await raw.heard(({ id }) => id === 'late')
    expect(refused).toMatchObject({ type: 'error', payload: [{ extensions: { retryAfterSeconds: 1 } }] })
    expect(codesIn(refused)).toEqual(['RATE_LIMITED'])
    await wait(1_000)
    raw.say(subscribe('again', '{ bookingCursor }'))
    expect(await raw.heard(({ id }) => id === 'again')).toMatchObject({ type: 'next' })
  })
})

describe('one user', () => {
  it('can open a limited number of streams, sockets and event streams together, until one of them ends', async () => {
    const { otherPastor } = church
    const sockets = await Promise.all([1, 2, 3, 4, 5].map(() => connectAs(otherPastor)))
    const [streamed, events] = await openEvents(otherPastor)
    expect(streamed).toBe(200)
    const tooMany = await connect({ cookie: otherPastor.cookie })
    tooMany.say(init)
    expect(await tooMany.closed).toBe(1013)
    expect((await openEvents(otherPastor))[0]).toBe(429)
    // Other users have their own limit.
    await connectAs(church.admin)
    events.destroy()
    sockets[0]?.socket.close()
    await sockets[0]?.closed
    const resumed = await connectAs(otherPastor)
    expect(resumed.socket.readyState).toBe(resumed.socket.OPEN)
  })

  // Fails without the pings: dead sockets are counted forever.
  it('is not charged for sockets that disappeared without closing', async () => {
    const visitor = await church.addPerson('pastor', 'Pastor Silas', 31)
    const dead = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async () => {
        const raw = await connect({ cookie: visitor.cookie, answersPings: false })
        await raw.init()
        return raw
      }),
    )
    expect(await Promise.all(dead.map(({ closed }) => closed))).toEqual([1006, 1006, 1006, 1006, 1006, 1006])
    expect((await connectAs(visitor)).socket.readyState).toBe(1)
  })
})

describe('a client that doesn’t read', () => {
  /** About 25 KB each, so that a few hundred exceed the connection's system buffers. */
  const big = `subscription($after: String) { bookingChanged(after: $after) { cursor booking {
    ${Array.from({ length: 90 }, (_, at) => `t${at}: title`).join(' ')} } } }`
  const changes = 500

  async function addChanges(person: Person): Promise<string> {
    const bookingId = await addBooking(church.deps, person, { columns: { title: 'T'.repeat(255) } })
    const after = await cursorOf(person)
    await church.deps.database.$queryRaw`
      SELECT append_booking_change(${person.userId}::uuid, ${bookingId}::uuid, 'updated') FROM generate_series(1, ${changes})`
    return after
  }

  const cursorIn = ({ payload }: Message) =>
    (payload as { data?: { bookingChanged?: { cursor?: string } } } | undefined)?.data?.bookingChanged?.cursor

  // Three mechanisms, each with its own test: the sender's timeout and its buffer limit (backpressured-sender.test.ts),
  // and pings.
  it('is disconnected over a WebSocket, and resumes after its last cursor', async () => {
    const person = await church.addPerson('pastor', 'Pastor Timothy', 32)
    const after = await addChanges(person)
    const paused = await connectAs(person)
    paused.socket.pause()
    paused.say(subscribe('slow', big, { variables: { after } }))
    // The client reads again long after the disconnect and finds only what the system had buffered for it.
    await wait(4_000)
    paused.socket.resume()
    expect([1013, 1006]).toContain(await paused.closed)
    const cursors = paused.messages.flatMap((message) => cursorIn(message) ?? [])
    expect(cursors.length).toBeLessThan(changes)
    const resumed = await connectAs(person)
    resumed.say(subscribe('again', big, { variables: { after: cursors.at(-1) ?? after } }))
    const last = await cursorOf(person)
    await resumed.heard((message) => message.id === 'again' && cursorIn(message) === last)
    const all = [...cursors, ...resumed.messages.flatMap((message) => cursorIn(message) ?? [])]
    expect(new Set(all).size).toBe(changes)
    expect(all).toHaveLength(changes)
  }, 60_000)

  // Fails without the check on event streams: nothing ever ended.
  it('is disconnected over Server-Sent Events too', async () => {
    const person = await church.addPerson('pastor', 'Pastor Titus', 33)
    const after = await addChanges(person)
    const [status, events] = await openEvents(person, big, after)
    expect(status).toBe(200)
    await wait(4_000)
    const ended = new Promise((resolve) => events.once('close', resolve).once('error', resolve))
    const chunks: Buffer[] = []
    events.on('data', (chunk: Buffer) => chunks.push(chunk))
    await ended
    const cursors =
      Buffer.concat(chunks)
        .toString()
        .match(/"cursor"/g) ?? []
    expect(cursors.length).toBeGreaterThan(0)
    expect(cursors.length).toBeLessThan(changes)
  }, 60_000)
})

describe('a node that stops', () => {
  it('closes sockets with 1001 and ends event streams, within seconds', async () => {
    const node = await church.secondNode()
    const raw = await connect({ cookie: church.pastor.cookie }, node.url)
    await raw.init()
    raw.say(subscribe('1', follow))
    const [status, events] = await openEvents(church.pastor, follow, null, node.url)
    expect(status).toBe(200)
    const ended = new Promise((resolve) => events.once('close', resolve).once('error', resolve))
    events.resume()
    const startedAt = Date.now()
    await Promise.all([node.close(), ended])
    expect(await raw.closed).toBe(1001)
    expect(Date.now() - startedAt).toBeLessThan(8_000)
  })
})

function codesIn({ payload }: Message): unknown[] {
  const errors = Array.isArray(payload) ? payload : ((payload as { errors?: unknown[] }).errors ?? [])
  return errors.map((error: { extensions?: { code?: string } }) => error.extensions?.code)
}

/** An event stream that isn't read yet: its status and its body. */
function openEvents(person: Person, query = follow, after: string | null = null, url = church.url) {
  return new Promise<[number, import('node:http').IncomingMessage]>((resolve, reject) => {
    const asked = request(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', cookie: person.cookie },
    })
    asked.on('response', (response) => resolve([response.statusCode ?? 0, response]))
    asked.on('error', reject)
    asked.end(JSON.stringify({ query, variables: { after } }))
  })
}
