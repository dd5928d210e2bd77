import fc from 'fast-check'
import { type ExecutionResult, execute, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/core/access/viewer.ts'
import { createPeopleNotes } from '../../src/core/audit/read/people-read.ts'
import type { Context } from '../../src/graphql/auth/context.ts'
import { createOperations } from '../../src/graphql/limits/check-operation.ts'
import { rowsReadBy } from '../../src/graphql/planner/declarations.ts'
import { createPlanner, type Plans } from '../../src/graphql/planner/planner.ts'
import { builder } from '../../src/graphql/schema/builder.ts'
import { schema } from '../../src/schema.ts'
import { testOrigin } from '../support/parish.ts'
import { openPlannedChurch, type PlannedChurch } from './planned-church.ts'
import { chanceOf, randomQuery } from './random-queries.ts'

let planned: PlannedChurch
let plans: Plans
beforeAll(async () => {
  planned = await openPlannedChurch()
  plans = createPlanner(planned.church.deps, schema).queries
})
afterAll(() => planned.church.close())

const plannedRoots = Object.values(schema.getQueryType()?.getFields() ?? {})
  .filter((field) => rowsReadBy(field) !== null)
  .map(({ name }) => name)

/** Opening them is logged, twice if they are opened twice; encrypted-paths.test.ts walks every path to them. */
const sealed = ['Booking.intake', 'ContextSummary.content', 'FormResponse.answers']

/** Rows that come from no relation: only graphql-js resolves them. */
const neverPlanned = ['Booking.thread', 'AuditLog.booking']

function contextOf(viewer: Viewer): Context {
  const { deps } = planned.church
  const operations = createOperations({ schema, publicSchema: schema, limits: deps.env.limits.operation })
  return { deps, viewer, origin: testOrigin, operations, setCookie: null, memo: new Map(), people: createPeopleNotes() }
}

async function byGraphqlJs(source: string, viewer: Viewer): Promise<ExecutionResult> {
  const result = await execute({ schema, document: parse(source), contextValue: contextOf(viewer) })
  // graphql-js creates objects without a prototype.
  return { ...result, data: JSON.parse(JSON.stringify(result.data ?? null)) }
}

async function byPlan(source: string, viewer: Viewer) {
  const data = await plans(parse(source), null)?.answer({}, contextOf(viewer))
  return data === null || data === undefined ? null : JSON.parse(JSON.stringify(data))
}

describe('a planned response', () => {
  it('equals the response of graphql-js, for any query of any viewer', { timeout: 240_000 }, async () => {
    const counts = { asked: 0, planned: 0 }
    const { values, viewers } = planned
    const options = { schema, values, roots: plannedRoots, excluded: new Set([...sealed, ...neverPlanned]) }
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.constantFrom(...viewers.keys()), async (seed, name) => {
        const viewer = viewers.get(name)
        if (viewer === undefined) throw new Error('there is no such viewer')
        const source = randomQuery(options, chanceOf(seed))
        counts.asked += 1
        const data = await byPlan(source, viewer)
        if (data === null) return
        counts.planned += 1
        const expected = await byGraphqlJs(source, viewer)
        expect({ source, name, data }).toEqual({ source, name, data: expected.data })
        expect(expected.errors).toBeUndefined()
      }),
      { numRuns: Number(process.env.PLANNED_RUNS ?? 400) },
    )
    // Otherwise the test would compare almost nothing. About a fifth is planned; the queries are random, so it varies.
    expect(counts.planned).toBeGreaterThan(counts.asked / 10)
  })

  it.each(sealed)('never contains %s', (field) => {
    const [type = '', name = ''] = field.split('.')
    const list = { Booking: 'bookings', ContextSummary: 'contextSummaries', FormResponse: 'formResponses' }[type]
    expect(plans(parse(`{ ${list} { nodes { id ${name} { __typename } } } }`), null)).toBeNull()
    // Planned without the field, so the field makes the difference.
    expect(plans(parse(`{ ${list} { nodes { id } } }`), null)).not.toBeNull()
  })

  it.each([
    'mutation { signOut { ok } }',
    'subscription { bookingChanged { cursor } }',
    '{ __schema { types { name } } }',
    'query($yes: Boolean!) { viewer { id @include(if: $yes) } }',
    '{ node(id: "x") { id ... on Booking { title } } }',
    '{ bookingCursor }',
  ])('is not produced for %s', (source) => {
    expect(plans(parse(source), null)).toBeNull()
  })

  it('is left to graphql-js if a row isn’t found, so that the attempt is logged', async () => {
    const { church, values, viewers } = planned
    const theirs = values.ids.get('id')?.[0]
    const source = `{ booking(id: "${theirs}") { id } }`
    const other = viewers.get('another pastor')
    if (other === undefined) throw new Error('there is no other pastor')
    expect(await byPlan(source, other)).toBeNull()
    const { errors } = await church.ask(church.otherPastor, source)
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  })
})

describe('a cursor of a row that the filter excludes', () => {
  type Edge = Readonly<{ cursor: string; node: { id: string; booking: { id: string } } }>
  const fields = 'nodes { id } pageInfo { hasPreviousPage hasNextPage startCursor endCursor }'

  // Fails with Prisma's own cursor: it includes the cursor's row and skips one, which was a row of the page.
  it.each([
    ['forward', 'after', 'first'],
    ['backward', 'before', 'last'],
  ] as const)('pages %s from its position, by the planner and by graphql-js', async (_name, from, size) => {
    const viewer = planned.church.pastor.viewer
    const { data } = await byGraphqlJs('{ formResponses { edges { cursor node { id booking { id } } } } }', viewer)
    const { edges } = (data as { formResponses: { edges: Edge[] } }).formResponses // as selected
    const at = Math.floor(edges.length / 2)
    const { cursor, node } = edges[at] ?? {}
    const listed = edges.filter((edge) => edge.node.booking.id !== node?.booking.id)
    const isOnSide = (edge: Edge) => (from === 'after' ? edges.indexOf(edge) > at : edges.indexOf(edge) < at)
    const bookings = JSON.stringify([...new Set(listed.map((edge) => edge.node.booking.id))])
    for (const count of [1, 2, 20]) {
      const args = `${from}: "${cursor}", ${size}: ${count}, filter: { bookingId: ${bookings} }`
      const source = `{ formResponses(${args}) { ${fields} } }`
      const onSide = listed.filter(isOnSide).map((edge) => ({ id: edge.node.id }))
      const nodes = from === 'after' ? onSide.slice(0, count) : onSide.slice(-count)
      const [byPlanner, expected] = [await byPlan(source, viewer), await byGraphqlJs(source, viewer)]
      expect(byPlanner).toMatchObject({ formResponses: { nodes } })
      expect(expected.data).toEqual(byPlanner)
    }
  })
})

it('every plugin that wraps a resolver is known', () => {
  // A plan calls the declared resolver, and does itself what these plugins do around it. A further plugin must first be
  // supported in graphql/planner, or have no effect on a response.
  const known = ['scopeAuth', 'relay', 'prisma', 'complexity', 'needs', 'people']
  expect(builder.options.plugins?.filter((name) => !known.includes(name))).toEqual([])
})

describe('the fast path', () => {
  // Yoga handles a URL with a query string; its response is the reference.
  const urls = ['/graphql', '/graphql?']
  const source = '{ bookings(first: 2) { totalCount nodes { title startTime owner { name } } } }'

  async function answers(body: unknown, headers: Record<string, string>) {
    const { church } = planned
    return Promise.all(
      urls.map(async (url) => {
        const response = await fetch(church.url + url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', cookie: church.pastor.cookie, ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        })
        const text = (await response.text()).replace(/"remaining":\d+/, '"remaining":0')
        const headerNames = ['content-type', 'cache-control', 'content-security-policy', 'x-content-type-options']
        return { status: response.status, headers: headerNames.map((name) => response.headers.get(name)), text }
      }),
    )
  }

  it.each([
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'application/json, application/graphql-response+json',
    // What urql accepts.
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    'multipart/mixed, application/json',
    'application/graphql-response+json; q=0.5, application/json',
    'text/html',
  ])('responds as Yoga does to Accept: %s', async (accept) => {
    const [fast, reference] = await answers({ query: source }, { accept })
    expect(fast).toEqual(reference)
  })

  it.each([
    ['variables', { query: `query($n: Int) ${source.replace('2', '$n')}`, variables: { n: 1 } }],
    ['a variable of another type', { query: `query($n: Int) ${source.replace('2', '$n')}`, variables: { n: 'one' } }],
    ['a name', { query: `query A ${source} query B { viewer { id } }`, operationName: 'B' }],
    ['no operation name where one is needed', { query: `query A ${source} query B { viewer { id } }` }],
    ['an unknown operation name', { query: `query A ${source}`, operationName: 'C' }],
    ['a syntax error', { query: '{ bookings {' }],
    ['an unknown field', { query: '{ bookings { nodes { nmae } } }' }],
    ['a page size above the limit', { query: source.replace('2', '1001') }],
    ['variables that are a list', { query: source, variables: [] }],
    ['an additional parameter', { query: source, more: 1 }],
    ['no query', { variables: {} }],
    ['a list of operations', [{ query: source }]],
    ['no JSON', 'bookings'],
  ])('responds as Yoga does to %s', async (_name, body) => {
    const [fast, reference] = await answers(body, { accept: 'application/json' })
    expect(fast).toEqual(reference)
  })

  it('charges an operation once, even one that it leaves to Yoga', async () => {
    const { church, values } = planned
    const cost = async (query: string) => {
      const { text } = await church.ask(church.pastor, query, {}, { accept: 'application/json' })
      const { extensions } = JSON.parse(text) // the response of an operation that was paid for
      return extensions.cost as { cost: number; remaining: number }
    }
    const left = `{ booking(id: "${values.ids.get('id')?.at(-1)}") { id } }`
    for (const query of [source, left]) {
      const before = await cost(query)
      const after = await cost(query)
      expect(before.remaining - after.remaining).toBeLessThanOrEqual(after.cost)
    }
  })
})
