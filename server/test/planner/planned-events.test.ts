import { executeSubscriptionEvent, parse, validateSubscriptionArgs } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/core/access/viewer.ts'
import { createPeopleNotes } from '../../src/core/audit/read/people-read.ts'
import type { FollowedChange } from '../../src/features/bookings/change-feed/position.model.ts'
import type { Context } from '../../src/graphql/auth/context.ts'
import { createOperations } from '../../src/graphql/limits/check-operation.ts'
import { createPlanner, type Plans } from '../../src/graphql/planner/planner.ts'
import { schema } from '../../src/schema.ts'
import { testOrigin } from '../support/parish.ts'
import { statementsOf } from '../support/seen-statements.ts'
import { openPlannedChurch, type PlannedChurch } from './planned-church.ts'

let planned: PlannedChurch
let plans: Plans
beforeAll(async () => {
  planned = await openPlannedChurch()
  plans = createPlanner(planned.church.deps, schema).subscriptions
})
afterAll(() => planned.church.close())

function contextOf(viewer: Viewer): Context {
  const { deps } = planned.church
  const operations = createOperations({ schema, publicSchema: schema, limits: deps.env.limits.operation })
  return { deps, viewer, origin: testOrigin, operations, setCookie: null, memo: new Map(), people: createPeopleNotes() }
}

/** Every booking, a deleted one, and every kind of change. */
function changes(): readonly FollowedChange[] {
  const ids = (planned.values.ids.get('id') ?? []).map((id) => String(Buffer.from(id, 'base64')).split(':')[1] ?? '')
  const kinds = ['updated', 'created', 'removed', 'rescheduled', 'cancelled', 'summary_ready'] as const
  const ownerId = planned.church.pastor.userId
  return ids.map((bookingId, at) => {
    return { ownerId, number: BigInt(at), bookingId, kind: kinds[at % 6] ?? 'updated', cursor: `cursor ${at}` }
  })
}

async function byGraphqlJs(source: string, viewer: Viewer, event: FollowedChange, variableValues = {}) {
  const document = parse(source)
  const args = validateSubscriptionArgs({ schema, document, variableValues, contextValue: contextOf(viewer) })
  if (!('schema' in args)) throw new Error('the operation is not valid')
  const { data, errors } = await executeSubscriptionEvent({ ...args, rootValue: event })
  return { text: JSON.stringify(data), errors }
}

async function byPlan(source: string, viewer: Viewer, event: FollowedChange, variables = {}) {
  const data = await plans(parse(source), null)?.answer(variables, contextOf(viewer), event)
  return data == null ? null : JSON.stringify(data)
}

const dashboard = `subscription { bookingChanged {
  cursor kind bookingId
  booking { id title eventTypeTitle startTime endTime timeZone duration location status sensitivity isAnonymous isRedacted
    hasIntake attendeeCount attendees { name } owner { id name }
    latestSummary: contextSummaries(first: 1) { nodes { id createdAt } } } } }`

const sources: readonly [name: string, source: string, variables?: Record<string, unknown>][] = [
  ["the dashboard's", dashboard],
  ['one without the booking', 'subscription { bookingChanged(kinds: [UPDATED]) { kind cursor } }'],
  [
    'one with aliases',
    `subscription { told: bookingChanged { __typename what: kind
      one: booking { __typename title } two: booking { id ...more } } }
      fragment more on Booking { status contextSummaries(first: 2) { totalCount nodes { metadata { topic } } } }`,
  ],
  [
    'one with variables',
    `subscription($n: Int!, $after: String) { bookingChanged(after: $after) { booking {
      formResponses(first: $n) { totalCount nodes { createdAt } } } } }`,
    { n: 2, after: null },
  ],
]

describe('a planned subscription event', () => {
  it.each(sources)('equals the text from graphql-js: %s', { timeout: 60_000 }, async (_name, source, variables) => {
    let compared = 0
    let withBooking = 0
    for (const [name, viewer] of planned.viewers) {
      for (const event of changes()) {
        const text = await byPlan(source, viewer, event, variables)
        if (text === null) continue
        const expected = await byGraphqlJs(source, viewer, event, variables)
        expect({ name, text, errors: undefined }).toEqual({ name, ...expected })
        compared += 1
        if (text.includes('"booking":{') || text.includes('"one":{')) withBooking += 1
      }
    }
    // Otherwise the test would compare almost nothing.
    expect(compared).toBeGreaterThan(50)
    if (source.includes('booking {')) expect(withBooking).toBeGreaterThan(30)
  })

  it('needs one statement, and none if there is no booking to show', async () => {
    const pastor = planned.church.pastor.viewer
    const [updated, , removed] = changes()
    if (updated === undefined || removed === undefined) throw new Error('there are no changes')
    const seen = await statementsOf(() => byPlan(dashboard, pastor, updated))
    expect(seen.map(({ isNamed }) => isNamed)).toEqual([true])
    expect(await byPlan(dashboard, pastor, removed)).toContain('"booking":null')
    expect(await statementsOf(() => byPlan(dashboard, pastor, removed))).toEqual([])
  })

  // Fails if a row is looked up by its ID alone: the booking's own rule then refused the plan.
  it('contains no booking that isn’t the viewer’s', async () => {
    const other = planned.viewers.get('another pastor')
    const [updated] = changes()
    if (other === undefined || updated === undefined) throw new Error('there is no other pastor')
    expect(await byPlan(dashboard, other, updated)).toContain('"booking":null')
  })

  it.each([
    'subscription { bookingChanged { booking { intake { __typename } } } }',
    'subscription { bookingChanged { booking { contextSummaries(first: 1) { nodes { content { text } } } } } }',
    'subscription($yes: Boolean!) { bookingChanged { kind @include(if: $yes) } }',
    'query { bookings { totalCount } }',
  ])('is not planned for %s', (source) => {
    expect(plans(parse(source), null)).toBeNull()
  })

  it('is left to graphql-js if the viewer lacks a scope', async () => {
    const [event] = changes()
    const token = planned.viewers.get('a token for bookings')
    if (token === undefined || event === undefined) throw new Error('there is no such token')
    expect(await byPlan(dashboard, token, event)).toBeNull()
    expect(await byPlan('subscription { bookingChanged { booking { title } } }', token, event)).toContain('title')
  })
})
