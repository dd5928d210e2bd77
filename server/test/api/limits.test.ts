import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addBooking } from '../support/parish.ts'
import { type Person, type RunningChurch, type RunningNode, startChurch } from '../support/running-church.ts'
import { openSocket } from '../support/sockets.ts'

type Problem = Readonly<{ message?: string; extensions?: Record<string, unknown> }>
type Result = Readonly<{ data?: unknown; errors?: readonly Problem[]; extensions?: { cost?: Record<string, number> } }>

/** Sends a query over one transport, as JSON. */
type Ask = (url: string, person: Person, query: string, variables?: Record<string, unknown>) => Promise<Result>

async function post(url: string, { cookie }: Person, accept: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept, cookie }
  return fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) })
}

const transports: Readonly<Record<string, Ask>> = {
  HTTP: async (url, person, query, variables) =>
    (await post(url, person, 'application/json', { query, variables })).json() as Promise<Result>,
  'Server-Sent Events': async (url, person, query, variables) => {
    const { body } = await post(url, person, 'text/event-stream', { query, variables })
    let text = ''
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk).toString()
      const [, first] = /^data: (\{.*\})$/m.exec(text) ?? []
      // Leaving the loop cancels the stream.
      if (first !== undefined) return JSON.parse(first) as Result
    }
    return {}
  },
  WebSocket: async (url, person, query, variables = {}) => {
    const { client } = await openSocket(url, person)
    try {
      for await (const result of client.iterate({ query, variables })) return result as Result
      return {}
    } catch (error) {
      // Errors before execution arrive as an `error` message of the protocol.
      if (Array.isArray(error)) return { errors: error }
      throw error
    } finally {
      await client.dispose()
    }
  },
}

describe.each(Object.entries(transports))('over %s', (transport, ask) => {
  let church: RunningChurch
  let bookingId: string
  beforeAll(async () => {
    church = await startChurch({
      runsJobs: false,
      variables: { LIMIT_DEPTH: '9', LIMIT_FIELDS: '60', LIMIT_PAGE_SIZE: '30', LIMIT_BUDGET_REFILL: '1' },
    })
    bookingId = await addBooking(church.deps, church.pastor)
  })
  afterAll(() => church.close())

  const refusal = async (query: string, variables = {}) =>
    (await ask(church.url, church.pastor, query, variables)).errors?.map(({ extensions }) => extensions)

  it.each([
    ['depth', `{ bookings { nodes { ${'thread { '.repeat(8)} id ${'} '.repeat(8)} } } }`],
    [
      'fields',
      `{ bookings { nodes { ${Array.from({ length: 6 }, (_, at) => `a${at}: thread { id title status startTime endTime sensitivity duration timeZone location description }`).join(' ')} } } }`,
    ],
    [
      'rootFields',
      `{ ${Array.from({ length: 31 }, (_, at) => `a${at}: viewer { id }`).join(' ')} }`.replaceAll(
        'viewer { id }',
        '__typename',
      ),
    ],
    ['repeats', `{ viewer { ${'id '.repeat(31)} } }`],
    ['directives', `{ viewer { id ${'@skip(if: false) '.repeat(51)} } }`],
    ['tokens', `{ viewer { id(${'a: 1 '.repeat(2_000)}) } }`],
  ])('the limit of %s applies', async (limit, query) => {
    expect(await refusal(query)).toMatchObject([{ code: 'QUERY_TOO_COMPLEX', limit }])
  })

  it('the cost limit applies to the variables that are sent', async () => {
    const query = `query($n: Int) { bookings(first: $n) { nodes { contextSummaries(first: $n) { nodes { booking {
      contextSummaries(first: $n) { nodes { id booking { id } } } } } } } } }`
    expect(await refusal(query, { n: 1 })).toBeUndefined()
    const [error] = (await refusal(query, { n: 30 })) ?? []
    expect(error).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 'cost', maxCost: 60_000, allowed: 60_000 })
    expect(error?.cost).toBeGreaterThan(60_000)
  })

  it('the page size limit applies, even from a variable', async () => {
    const query = 'query($n: Int) { bookings(first: $n) { totalCount } }'
    expect(await refusal(query, { n: 31 })).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'first' }])
    expect(await refusal(query, { n: 30 })).toBeUndefined()
  })

  it('a response reports its cost', async () => {
    const { data, extensions } = await ask(church.url, church.pastor, '{ bookings(first: 5) { nodes { id title } } }')
    expect(data).toMatchObject({ bookings: { nodes: [{ title: expect.any(String) }] } })
    expect(extensions?.cost).toEqual({ cost: 12, maxCost: 60_000, remaining: expect.any(Number), budget: 1_000_000 })
    const later = await ask(church.url, church.pastor, '{ bookings(first: 5) { nodes { id title } } }')
    expect(later.extensions?.cost?.remaining).toBeLessThan(1_000_000)
  })

  it.skipIf(transport === 'HTTP')('the first event of a stream reports its cost', async () => {
    const follow = 'subscription($after: String) { bookingChanged(after: $after) { kind } }'
    const { data } = await church.ask<{ bookingCursor: string }>(church.pastor, '{ bookingCursor }')
    const first = ask(church.url, church.pastor, follow, { after: data?.bookingCursor })
    const { deps, pastor } = church
    await deps.database.$queryRaw`SELECT append_booking_change(${pastor.userId}::uuid, ${bookingId}::uuid, 'updated')`
    expect((await first).extensions?.cost).toMatchObject({ cost: 40, maxCost: 60_000 })
  })
})

describe('Query.cost', () => {
  let church: RunningChurch
  beforeAll(async () => {
    church = await startChurch({ runsJobs: false })
  })
  afterAll(() => church.close())

  const costOf = async (query: string, variables: unknown = null) => {
    const { data, errors } = await church.ask<{ cost: Record<string, unknown> }>(
      church.pastor,
      `query($query: String!, $variables: JSON) { cost(query: $query, variables: $variables) {
        cost maxCost depth isRefused refusedBy mostExpensive { path points } problems { code message line column }
        limits { name asked allowed isExceeded } } }`,
      { query, variables },
    )
    expect(errors).toBeUndefined()
    return data?.cost
  }

  it('returns the cost, and the most expensive field, without executing anything', async () => {
    const query =
      'query($n: Int) { bookings(first: $n) { totalCount nodes { id contextSummaries(first: 9) { nodes { id expiresAt } } } } }'
    expect(await costOf(query, { n: 50 })).toMatchObject({
      cost: 1 + 10 + 1 + 50 * (1 + 1 + 1 + 9 * 2),
      depth: 5,
      isRefused: false,
      refusedBy: null,
      problems: [],
      mostExpensive: { path: 'bookings.nodes.contextSummaries.nodes', points: 50 * (1 + 9 * 2) },
    })
    const opening = '{ node(id: "x") { ... on ContextSummary { content { text } } } }'
    expect(await costOf(opening)).toMatchObject({ cost: 1 + 10 + 1 })
    const changes = 'mutation { signOut { ok } }'
    expect(await costOf(changes)).toMatchObject({ cost: 11, isRefused: false })
    expect((await church.ask(church.pastor, '{ viewer { name } }')).data).toMatchObject({
      viewer: { name: 'Pastor Paul' },
    })
  })

  it('returns the limit that would reject an operation', async () => {
    const query =
      '{ bookings(first: 100) { nodes { contextSummaries(first: 100) { nodes { id expiresAt createdAt booking { id title status } } } } } }'
    const report = await costOf(query)
    expect(report).toMatchObject({ isRefused: true, refusedBy: 'cost', problems: [{ code: 'QUERY_TOO_COMPLEX' }] })
    expect(report?.limits).toContainEqual({ name: 'cost', asked: report?.cost, allowed: 60_000, isExceeded: true })
  })

  it('returns a document’s errors as data', async () => {
    expect(await costOf('{ bookings { nodes { idd } } }')).toMatchObject({
      cost: null,
      isRefused: true,
      problems: [{ code: 'GRAPHQL_VALIDATION_FAILED', line: 1, column: 22 }],
    })
    expect(await costOf('{ bookings {')).toMatchObject({ cost: null, problems: [{ code: 'GRAPHQL_PARSE_FAILED' }] })
    expect(await costOf('{ bookings(first: 101) { totalCount } }')).toMatchObject({
      isRefused: true,
      problems: [{ code: 'BAD_USER_INPUT' }],
    })
  })

  it('allows the introspection queries of common tools, below every limit', async () => {
    const report = await costOf(
      getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true }),
    )
    expect(report).toMatchObject({ isRefused: false })
    const limits = report?.limits as readonly { name: string; asked: number; allowed: number }[]
    for (const { name, asked, allowed } of limits) expect(asked / allowed, name).toBeLessThan(0.5)
    expect(report?.cost).toBeLessThan(3_000)
  })

  it('charges for reading the description of a type again for each reference to it', async () => {
    const again = '{ __schema { types { fields { type { fields { args { name } } enumValues { name } } } } } }'
    const once = '{ __schema { types { fields { args { name } } enumValues { name } } } }'
    const [many, few] = [await costOf(again), await costOf(once)]
    expect(Number(many?.cost)).toBeGreaterThan(20 * Number(few?.cost))
    const chain = `{ __schema { types { fields { type { ${'ofType { fields { type { '.repeat(5)} name ${'} } }'.repeat(5)} } } } } }`
    expect(await costOf(chain)).toMatchObject({ isRefused: true })
  })
})

describe('a rate limit budget', () => {
  let church: RunningChurch
  let other: RunningNode
  // One point is refilled per hour, so none during the test.
  const budget = { LIMIT_COST: '500', LIMIT_BUDGET_POINTS: '1000', LIMIT_BUDGET_REFILL: '1' }
  beforeAll(async () => {
    church = await startChurch({ runsJobs: false, variables: budget })
    other = await church.secondNode()
  })
  afterAll(() => church.close())

  const hundred = '{ bookings(first: 98) { nodes { id } } }'
  const answerOf = (node: Pick<RunningNode, 'url'>, person: Person) =>
    post(node.url, person, 'application/json', { query: hundred })

  it('is shared by all nodes, and ends with 429 and Retry-After', async () => {
    let spentPoints = 0
    let refused: Response | null = null
    for (let at = 0; refused === null && at < 30; at++) {
      const response = await answerOf(at % 2 === 0 ? church : other, church.pastor)
      if (response.ok) spentPoints += 100
      else refused = response
    }
    // A few seconds may pass, each refilling a point.
    expect(spentPoints).toBeLessThanOrEqual(1_000)
    expect(spentPoints).toBeGreaterThanOrEqual(800)
    expect(refused?.status).toBe(429)
    const { errors } = (await (refused as Response).json()) as Result // rejected
    const [error] = errors ?? []
    expect(error?.extensions).toMatchObject({ code: 'RATE_LIMITED', cost: 100 })
    expect(refused?.headers.get('retry-after')).toBe(String(error?.extensions?.retryAfterSeconds))
    expect(error?.extensions).not.toHaveProperty('http')
  })

  it('is per person', async () => {
    expect((await answerOf(church, church.otherPastor)).status).toBe(200)
  })

  it('applies over a WebSocket too', async () => {
    const { WebSocket: ask } = transports
    for (let at = 0; at < 12; at++) await ask?.(church.url, church.admin, hundred)
    const { errors } = (await ask?.(church.url, church.admin, hundred)) ?? {}
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) })
  })
})

describe('the default budget', () => {
  it('is enough for using the dashboard all day', async () => {
    const church = await startChurch({ runsJobs: false })
    try {
      const { readFileSync } = await import('node:fs')
      const documents = readFileSync(
        new URL('../../../client/src/features/bookings/bookings.graphql', import.meta.url),
        'utf8',
      )
      const names = [...documents.matchAll(/^(?:query|mutation) (\w+)/gm)].map(([, name]) => name ?? '')
      expect(names.length).toBeGreaterThan(1)
      for (const operationName of names) {
        const { data } = await church.ask<{ cost: { cost: number } }>(
          church.pastor,
          'query($query: String!, $name: String!) { cost(query: $query, operationName: $name, variables: { first: 100 }) { cost } }',
          { query: documents, name: operationName },
        )
        // One of these a second, all day, from five devices at once.
        expect(data?.cost.cost, operationName).toBeLessThan(5_000 / 1)
      }
    } finally {
      await church.close()
    }
  })
})
