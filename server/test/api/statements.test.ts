import { readFileSync } from 'node:fs'
import { Kind, parse, print, visit } from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { weekDocument } from '../../bench/dashboard-query.ts'
import { openPlannedChurch, type PlannedChurch } from '../planner/planned-church.ts'
import type { Person } from '../support/running-church.ts'
import { statementsOf } from '../support/seen-statements.ts'

let planned: PlannedChurch
beforeAll(async () => {
  planned = await openPlannedChurch()
})
afterAll(() => planned.church.close())

/** One of the client's operations, with the fragments that it uses. */
function clientOperation(name: string): string {
  const document = parse(
    readFileSync(new URL('../../../client/src/features/bookings/bookings.graphql', import.meta.url), 'utf8'),
  )
  const parts = document.definitions.filter((each) => 'name' in each && each.name?.value === name)
  const spread = new Set<string>()
  for (const part of parts) visit(part, { FragmentSpread: ({ name: used }) => void spread.add(used.value) })
  const fragments = document.definitions.filter(
    (each) => each.kind === Kind.FRAGMENT_DEFINITION && spread.has(each.name.value),
  )
  return [...parts, ...fragments].map(print).join('\n')
}

type Case = Readonly<{
  name: string
  query: string
  variables?: Record<string, unknown>
  role?: 'admin'
  /** Excludes authentication, one statement a second, and taking points from the budget, which is as rare. */
  statements: number
}>

const week = { from: '2026-07-01T00:00:00Z', to: '2026-09-01T00:00:00Z' }

const cases: readonly Case[] = [
  { name: 'the dashboard', query: weekDocument({ counts: false }), variables: week, statements: 1 },
  {
    name: 'the dashboard with a count per status',
    query: weekDocument({ counts: true }),
    variables: week,
    statements: 1,
  },
  { name: "the client's own week", query: clientOperation('BookingsBetween'), variables: week, statements: 1 },
  { name: 'who is asking', query: '{ viewer { id name email role } }', statements: 1 },
  {
    name: 'a page of all bookings with owner, forms and summaries',
    role: 'admin',
    query: `{ bookings(filter: { status: [CONFIRMED, PENDING] }, first: 50) {
      totalCount pageInfo { hasNextPage endCursor }
      edges { cursor node { id startTime owner { id name }
        formResponses { totalCount nodes { createdAt form { name } } } contextSummaries { nodes { createdAt } } } } } }`,
    statements: 1,
  },
  {
    name: 'bookings that hold a word',
    query: '{ bookings(filter: { search: "maria" }) { totalCount nodes { title attendees { name } } } }',
    statements: 1,
  },
  {
    name: 'one booking with all that hangs on it',
    query: `query($id: ID!) { booking(id: $id) { title attendeeCount owner { name }
      latest: contextSummaries(first: 1) { nodes { createdAt } }
      contextSummaries { totalCount nodes { metadata { topic plainText } } } formResponses { nodes { answeredCount } } } }`,
    statements: 1,
  },
  {
    name: 'summaries with their bookings',
    query: '{ contextSummaries(first: 20) { nodes { expiresAt metadata { method } booking { title startTime } } } }',
    statements: 1,
  },
  {
    name: 'users',
    role: 'admin',
    query: '{ users(first: 50) { totalCount nodes { name email lastLoginAt } } }',
    statements: 1,
  },
  {
    name: 'the next page of bookings',
    query: 'query($after: String) { bookings(first: 5, after: $after) { nodes { title } pageInfo { endCursor } } }',
    statements: 1,
  },
]

it.each(cases)('$name takes $statements statement(s)', async ({ query, variables = {}, role, statements }) => {
  const { church, values } = planned
  const person: Person = role === 'admin' ? church.admin : church.pastor
  const known = { id: values.ids.get('id')?.[0], after: values.cursors[0] }
  const ask = () => church.ask(person, query, { ...known, ...variables })
  // Authenticates, and takes points from the budget.
  const { errors } = await ask()
  expect(errors).toBeUndefined()
  const seen = await statementsOf(ask)
  const own = seen.filter(({ sql }) => !/\b(sessions|api_budgets)\b/.test(sql))
  expect(own.map(({ sql }) => sql)).toHaveLength(statements)
  // PostgreSQL plans each named statement once per connection.
  expect(own.every(({ isNamed }) => isNamed)).toBe(true)
})
