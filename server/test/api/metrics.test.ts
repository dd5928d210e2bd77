import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { openSocket } from '../support/sockets.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({
    runsJobs: false,
    variables: { LIMIT_COST: '900', LIMIT_BUDGET_POINTS: '900', LIMIT_BUDGET_REFILL: '1' },
  })
})
afterAll(() => church.close())

const read = async () => (await fetch(`${church.url}/metrics`)).text()

/** The value of a series, 0 if there is none. */
async function seriesValue(series: string): Promise<number> {
  const line = (await read()).split('\n').find((each) => each.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1) ?? 0)
}
const operations = (type: string, outcome: string) =>
  seriesValue(`churchhub_graphql_operations_total{type="${type}",outcome="${outcome}"}`)
const refusals = (limit: string) => seriesValue(`churchhub_graphql_refusals_total{limit="${limit}"}`)

it('`/metrics` counts operations by type and outcome, over every path', async () => {
  const before = await operations('query', 'ok')
  await church.ask(church.otherPastor, '{ bookings { totalCount } }') // planned
  await church.ask(church.otherPastor, '{ bookings { totalCount } __schema { description } }') // graphql-js
  const { client } = await openSocket(church.url, church.otherPastor)
  await client.iterate({ query: '{ bookingCursor }' }).next()
  await client.dispose()
  expect((await operations('query', 'ok')) - before).toBe(3)
  expect(await seriesValue('churchhub_graphql_operation_duration_seconds_count{type="query"}')).toBeGreaterThanOrEqual(
    3,
  )
  const id = Buffer.from('Booking:01990000-0000-7000-8000-000000000001').toString('base64')
  await church.ask(church.otherPastor, `{ bookingCursor node(id: "${id}") { id } }`)
  expect(await operations('query', 'partial')).toBe(1)
  expect(await operations('mutation', 'ok')).toBe(3) // the sign-ins of this church
  await church.ask(church.otherPastor, '{ users { totalCount } }')
  expect(await operations('query', 'failed')).toBe(1)
  const stream = await fetch(`${church.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      cookie: church.otherPastor.cookie,
    },
    body: JSON.stringify({ query: 'subscription { bookingChanged { kind } }' }),
  })
  expect(await operations('subscription', 'ok')).toBe(1)
  await stream.body?.cancel()
})

it('`/metrics` counts what is refused, by its limit', async () => {
  await church.ask(church.pastor, '{ nothingLikeThis }')
  await church.ask(church.pastor, '{ unclosed ')
  expect(await operations('none', 'invalid')).toBe(2)
  await church.ask(
    church.pastor,
    '{ bookings(first: 100) { nodes { contextSummaries(first: 100) { nodes { id } } } } }',
  )
  await church.ask(church.pastor, `{ viewer { ${'id '.repeat(31)} } }`)
  expect([await refusals('cost'), await refusals('repeats')]).toEqual([1, 1])
  let status = 200
  for (let at = 0; status === 200 && at < 10; at++) {
    ;({ status } = await church.ask(church.pastor, '{ bookings(first: 100) { nodes { id title status } } }'))
  }
  expect([status, await refusals('rate')]).toEqual([429, 1])
  expect(await operations('none', 'refused')).toBe(2)
  expect(await operations('query', 'refused')).toBe(1)
})

it('`/metrics` has nothing of a document', async () => {
  await church.ask(church.admin, 'query Canary { viewer { canary: name } }')
  await church.ask(church.admin, '{ canary }')
  expect((await read()).toLowerCase()).not.toContain('canary')
})
