import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addBooking, addSummary } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { statementsOf } from '../support/seen-statements.ts'

let church: RunningChurch
const ids = new Map<string, string>()

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  const { deps, pastor, otherPastor } = church
  const metadata = [
    { name: 'rules', owner: pastor, changes: { method: 'rule-based', sensitivity: 'Low' } },
    { name: 'model', owner: pastor, changes: { method: 'ai-generated', provider: 'local', sensitivity: 'Medium' } },
    { name: 'fallback', owner: pastor, changes: { method: 'rule-based', provider: 'openai', sensitivity: 'High' } },
    { name: 'other', owner: otherPastor, changes: { method: 'ai-generated', provider: 'openai', sensitivity: 'High' } },
  ]
  for (const { name, owner, changes } of metadata) {
    const id = await addSummary(deps, owner, await addBooking(deps, owner), 'A brief.')
    await deps.database.$executeRaw`
      UPDATE context_summaries SET metadata = metadata || ${JSON.stringify(changes)}::jsonb WHERE id = ${id}::uuid`
    ids.set(Buffer.from(`ContextSummary:${id}`).toString('base64'), name)
  }
})
afterAll(() => church.close())

type Lists = { contextSummaries: { totalCount: number; nodes: { id: string }[] } }

/** The same list by the planner, and by graphql-js, which alone answers `@include` with a variable. */
async function listed(filter: Record<string, unknown>) {
  const planned = `query($filter: ContextSummaryFilter) { contextSummaries(filter: $filter) { totalCount nodes { id } } }`
  const unplanned = planned
    .replace('Filter)', 'Filter, $isHere: Boolean!)')
    .replace('{ id }', '{ id createdAt @include(if: $isHere) }')
  const both = await Promise.all(
    [planned, unplanned].map((query) => church.ask<Lists>(church.admin, query, { filter, isHere: true })),
  )
  const names = both.map(({ data, errors }) => {
    expect(errors).toBeUndefined()
    expect(data?.contextSummaries.totalCount).toBe(data?.contextSummaries.nodes.length)
    return data?.contextSummaries.nodes.map(({ id }) => ids.get(id)).sort()
  })
  expect(names[0]).toEqual(names[1])
  return names[0]
}

describe('summaries are filtered', () => {
  it.each<[Record<string, unknown>, string[]]>([
    [{ method: ['RULE_BASED'] }, ['fallback', 'rules']],
    [{ method: ['RULE_BASED', 'AI_GENERATED'] }, ['fallback', 'model', 'other', 'rules']],
    [{ provider: ['OPENAI'] }, ['fallback', 'other']],
    [{ method: ['RULE_BASED'], provider: ['LOCAL', 'OPENAI'] }, ['fallback']],
    [{ sensitivity: ['LOW', 'MEDIUM'] }, ['model', 'rules']],
    [{ method: [] }, []],
  ])('by %j', async (filter, expected) => {
    expect(await listed(filter)).toEqual(expected)
  })

  it('by the pastor', async () => {
    const ownerId = Buffer.from(`User:${church.otherPastor.userId}`).toString('base64')
    expect(await listed({ ownerId })).toEqual(['other'])
  })

  it('by the index on their metadata', async () => {
    const query = '{ contextSummaries(filter: { method: [AI_GENERATED] }) { nodes { id } } }'
    const statements = await statementsOf(() => church.ask(church.admin, query))
    const [sent] = statements.filter(({ sql }) => sql.includes('context_summaries'))
    const client = new Client({ connectionString: church.databaseUrl })
    await client.connect()
    // Of a few rows, any plan is cheap. These settings leave the index as the only way to meet the condition.
    await client.query('SET enable_seqscan = off; SET enable_indexscan = off')
    const plan = await client.query(`EXPLAIN (GENERIC_PLAN) ${sent?.sql}`).finally(() => client.end())
    // Each partition has its part of idx_context_summaries_metadata.
    expect(JSON.stringify(plan.rows)).toContain('Bitmap Index Scan on context_summaries_default_metadata_idx')
  })
})
