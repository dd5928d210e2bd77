import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken } from '../support/tokens.ts'

type Result = Readonly<{
  status?: number
  data?: unknown
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[]
}>
type Payload = Readonly<Record<string, unknown>>

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

const newToken = async () => (await addToken(church, church.pastor, ['bookings:read'])).token
const hashOf = (query: string) => createHash('sha256').update(query).digest('hex')
const apq = (query: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(query) } } })
const byId = (query: string) => ({ documentId: `sha256:${hashOf(query)}` })

async function post(token: string, payload: Payload, accept: string): Promise<Response> {
  return fetch(`${church.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${token}` },
    body: JSON.stringify(payload),
  })
}

const asJson = (accept: string) => async (token: string, payload: Payload) => {
  const response = await post(token, payload, accept)
  return { status: response.status, ...((await response.json()) as Result) }
}

const transports: Readonly<Record<string, (token: string, payload: Payload) => Promise<Result>>> = {
  'HTTP POST': asJson('application/json'),
  'HTTP POST for application/graphql-response+json': asJson('application/graphql-response+json'),
  // Yoga answers it, not the fast path.
  'HTTP POST with weights': asJson('application/graphql-response+json,application/json;q=0.9'),
  'HTTP GET': async (token, payload) => {
    const texts = Object.entries(payload).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
    const response = await fetch(`${church.url}/graphql?${new URLSearchParams(texts)}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return { status: response.status, ...((await response.json()) as Result) }
  },
  'Server-Sent Events': async (token, payload) => {
    const response = await post(token, payload, 'text/event-stream')
    const [, json = '{}'] = /^data: (\{.*)$/m.exec(await response.text()) ?? []
    return { status: response.status, ...(JSON.parse(json) as Result) }
  },
  WebSocket: async (token, payload) => {
    const socket = await open(token)
    const result = await socket.ask('1', payload)
    // The socket still serves other operations.
    expect(await socket.ask('2', { query: '{ bookingCursor }' })).toMatchObject({ data: expect.anything() })
    socket.close()
    return { status: 200, ...result }
  },
}

/** A graphql-transport-ws socket whose messages the client doesn't check. */
async function open(token: string) {
  const socket = new WebSocket(`${church.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  const answers = new Map<string, (result: Result) => void>()
  const acknowledged = Promise.withResolvers<void>()
  socket.on('message', (bytes) => {
    const { type, id, payload } = JSON.parse(String(bytes)) as { type: string; id: string; payload: unknown }
    if (type === 'connection_ack') acknowledged.resolve()
    if (type === 'next') answers.get(id)?.(payload as Result)
    if (type === 'error') answers.get(id)?.({ errors: payload as Result['errors'] } as Result)
  })
  const send = (message: unknown) => socket.send(JSON.stringify(message))
  send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  await acknowledged.promise
  return {
    ask: (id: string, payload: Payload) =>
      new Promise<Result>((resolve, reject) => {
        answers.set(id, resolve)
        socket.once('close', (code) => reject(new Error(`closed with ${code}`)))
        send({ id, type: 'subscribe', payload })
      }),
    close: () => socket.terminate(),
  }
}

const query = 'query Persisted($n: Int) { bookings(first: $n) { totalCount } }'
const variables = { n: 3 }

describe.each(Object.entries(transports))('over %s', (_transport, ask) => {
  it.each([
    ['an automatic persisted query', apq],
    ['a documentId', byId],
  ])('%s is asked for its text once, as Apollo and urql expect, then runs by its hash', async (_kind, named) => {
    const token = await newToken()
    const missed = await ask(token, { ...named(query), variables })
    expect(missed).toMatchObject({
      status: 200,
      errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    })
    expect(missed.errors?.[0]?.extensions).not.toHaveProperty('http')
    const answered = { status: 200, data: { bookings: { totalCount: 0 } } }
    expect(await ask(token, { query, ...named(query), variables })).toMatchObject(answered)
    expect(await ask(token, { ...named(query), variables })).toMatchObject(answered)
  })

  it('a document belongs to the token that sent it', async () => {
    const [token, other] = [await newToken(), await newToken()]
    await ask(token, { query, ...apq(query), variables })
    for (const named of [apq(query), byId(query)]) {
      expect((await ask(other, { ...named, variables })).errors?.[0]?.message).toBe('PersistedQueryNotFound')
    }
  })

  it.each([
    ['of another text', { query, ...apq('{ bookingCursor }') }],
    ['in no known form', { extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } } }],
    ['of another version', { query, extensions: { persistedQuery: { version: 2, sha256Hash: hashOf(query) } } }],
    ['that is an ID of something else', { documentId: 'Persisted' }],
  ])('a hash %s is refused', async (_what, payload) => {
    const token = await newToken()
    expect((await ask(token, { ...payload, variables })).errors?.[0]?.extensions?.code).toBe('BAD_REQUEST')
    expect((await ask(token, { ...apq(query), variables })).errors?.[0]?.message).toBe('PersistedQueryNotFound')
  })

  it('a document is checked like every other', async () => {
    const token = await newToken()
    const invalid = '{ nothingLikeThis }'
    await ask(token, { query: invalid, ...apq(invalid) })
    const { errors } = await ask(token, apq(invalid))
    expect(errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED')
  })
})

describe('the documents of a token', () => {
  const ask = (token: string, payload: Payload) => asJson('application/json')(token, payload)

  it('are at most 200, and the oldest is forgotten first', async () => {
    const token = await newToken()
    const documents = Array.from({ length: 201 }, (_, at) => `query Q${at} { bookingCursor }`)
    for (const text of documents) await ask(token, { query: text, ...apq(text) })
    expect((await ask(token, apq(documents[0] ?? ''))).errors?.[0]?.message).toBe('PersistedQueryNotFound')
    expect((await ask(token, apq(documents[1] ?? ''))).data).toBeDefined()
  })

  it('are at most 512 K characters', async () => {
    const token = await newToken()
    const documents = Array.from({ length: 3 }, (_, at) => `query Q${at} { bookingCursor } #${'x'.repeat(200_000)}`)
    for (const text of documents) await ask(token, { query: text, ...apq(text) })
    const missed = await Promise.all(documents.map(async (text) => (await ask(token, apq(text))).errors !== undefined))
    expect(missed).toEqual([true, false, false])
  })

  it('can be mutations, which a GET refuses', async () => {
    const token = await newToken()
    const mutation = 'mutation { signOut { ok } }'
    await ask(token, { query: mutation, ...apq(mutation) })
    const extensions = JSON.stringify(apq(mutation).extensions)
    const response = await fetch(`${church.url}/graphql?${new URLSearchParams({ extensions })}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })
})
