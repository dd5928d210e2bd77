import { Writable } from 'node:stream'
import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPlanner } from '../../src/graphql/planner/planner.ts'
import { installedVersions } from '../../src/graphql/planner/pothos-internals.ts'
import { createLog } from '../../src/platform/logging/log.ts'
import { schema } from '../../src/schema.ts'
import type { RunningNode } from '../support/running-church.ts'
import { statementsOf } from '../support/seen-statements.ts'
import { openPlannedChurch, type PlannedChurch } from './planned-church.ts'

let planned: PlannedChurch
let node: RunningNode
let lines: string[]
beforeAll(async () => {
  planned = await openPlannedChurch()
  lines = []
  node = await planned.church.secondNode({ variables: { QUERY_PLANNER: 'off' }, log: logTo(lines) })
})
afterAll(() => planned.church.close())

function logTo(written: string[]) {
  const to = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk))
      done()
    },
  })
  return createLog({ level: 'info', to })
}

const dashboard = `{ bookings(first: 5, orderBy: { field: START_TIME, direction: DESC }) {
  totalCount
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { id title startTime status isRedacted owner { name }
    contextSummaries(first: 1) { totalCount nodes { id metadata { topic } } } } } } }`

const queries = [
  dashboard,
  '{ viewer { id name } }',
  '{ contextSummaries(last: 3) { nodes { id createdAt booking { title } } pageInfo { hasPreviousPage } } }',
  '{ formResponses(first: 4) { totalCount nodes { id createdAt } } }',
  '{ users { totalCount nodes { id } } }',
  '{ booking(id: "Qm9va2luZzowMTkwMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA=") { id } }',
]

describe('QUERY_PLANNER=off', () => {
  it.each(queries)('returns the planner’s response: %s', async (query) => {
    const { church } = planned
    for (const person of [church.pastor, church.admin]) {
      const [withPlanner, withoutPlanner] = [await church.ask(person, query), await node.ask(person, query)]
      expect([withoutPlanner.status, withoutPlanner.data, withoutPlanner.errors]).toEqual([
        withPlanner.status,
        withPlanner.data,
        withPlanner.errors,
      ])
    }
  })

  it('runs in graphql-js, with a statement for each relation', async () => {
    const { church } = planned
    const [withPlanner, withoutPlanner] = [
      await statementsOf(() => church.ask(church.pastor, dashboard)),
      await statementsOf(() => node.ask(church.pastor, dashboard)),
    ]
    expect(withoutPlanner.length).toBeGreaterThan(withPlanner.length + 1)
  })

  it('charges an operation once', async () => {
    const { church } = planned
    const cost = async () => JSON.parse((await node.ask(church.pastor, dashboard)).text).extensions.cost
    const before = await cost()
    const after = await cost()
    expect(after.cost).toBe(before.cost)
    expect(before.remaining - after.remaining).toBeLessThanOrEqual(after.cost)
  })

  it('is logged', () => {
    expect(lines.filter((line) => line.includes('QUERY_PLANNER is off'))).toHaveLength(1)
  })
})

it('the planner is off, with one log line, if an unknown version of Pothos is installed', () => {
  const written: string[] = []
  const deps = { ...planned.church.deps, log: logTo(written) }
  const versions = { ...installedVersions(), '@pothos/plugin-prisma': '5.0.0' }
  const { queries: plans } = createPlanner(deps, schema, versions)
  expect(plans(parse('{ viewer { id } }'), null)).toBeNull()
  expect(written).toHaveLength(1)
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    level: 'warn',
    msg: expect.stringContaining('the query planner is off'),
    reason: expect.stringContaining('@pothos/plugin-prisma is 5.0.0'),
  })
  // With the same schema and the known versions there is a plan.
  expect(createPlanner(deps, schema).queries(parse('{ viewer { id } }'), null)).not.toBeNull()
})
