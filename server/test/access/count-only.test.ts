import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addBooking } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken, type IssuedToken } from '../support/tokens.ts'

let church: RunningChurch
let counter: IssuedToken
let adminsCounter: IssuedToken

/** Two months: one has small groups, the other isn't over yet. */
const months = [
  { month: '2026-03', medium: 6, high: 0 },
  { month: '2026-04', medium: 9, high: 3 },
  { month: '2026-05', medium: 2, high: 0 },
]
const thisMonth = () => `${new Date().toISOString().slice(0, 7)}`

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  for (const { month, medium, high } of [...months, { month: thisMonth(), medium: 13, high: 0 }]) {
    const sensitivities = [...Array(medium).fill('Medium'), ...Array(high).fill('High')] as ('Medium' | 'High')[]
    for (const [at, sensitivity] of sensitivities.entries()) {
      const startTime = new Date(`${month}-02T${String(8 + at).padStart(2, '0')}:00:00Z`)
      const columns = { startTime, endTime: new Date(startTime.getTime() + 3_600_000), sensitivity }
      await addBooking(church.deps, church.pastor, { columns })
    }
  }
  counter = await addToken(church, church.pastor, ['count-only'])
  adminsCounter = await addToken(church, church.admin, ['count-only'])
})
afterAll(() => church.close())

const total =
  'query($filter: BookingFilter, $after: String) { bookings(filter: $filter, after: $after) { totalCount } }'

const monthFilter = (from: string, to: string) => ({
  startTime: { from: `${from}T00:00:00.000Z`, to: `${to}T00:00:00.000Z` },
})
const march = monthFilter('2026-03-01', '2026-04-01')
const april = monthFilter('2026-04-01', '2026-05-01')
const may = monthFilter('2026-05-01', '2026-06-01')
const currentMonth = () => {
  const [year = 0, month = 0] = thisMonth().split('-').map(Number)
  return monthFilter(`${thisMonth()}-01`, new Date(Date.UTC(year, month)).toISOString().slice(0, 10))
}

async function count(filter: object | null, apiToken = counter) {
  const { data, errors } = await askWithToken<{ bookings: { totalCount: number | null } }>(church, apiToken, total, {
    filter,
  })
  return errors === undefined ? data?.bookings.totalCount : errors[0]?.extensions
}

describe('a count-only token', () => {
  it('gets the number of bookings per month', async () => {
    expect(await count(march)).toBe(6)
    expect(await count(march, adminsCounter)).toBe(6)
    expect(await count(april, adminsCounter)).toBe(12)
  })

  it('can’t be combined with a scope that shows rows about bookings', async () => {
    for (const scope of ['summaries:read', 'forms:read', 'audit:read', 'jobs:read', 'webhooks:read'] as const) {
      await expect(addToken(church, church.admin, ['count-only', scope])).rejects.toThrow(`Leave out ${scope}`)
    }
    // A token created by an older version loses those scopes.
    const apiToken = await addToken(church, church.admin, ['count-only', 'policies:read'])
    const scopes = ['count-only', 'policies:read', 'summaries:read', 'forms:read']
    await church.deps.database.apiToken.update({ where: { id: apiToken.rowId }, data: { scopes } })
    const send = (query: string) => askWithToken(church, apiToken, query)
    for (const list of ['contextSummaries', 'forms']) {
      const { errors } = await send(`{ ${list} { totalCount edges { node { id } } } }`)
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' })
    }
    expect((await send('{ schedulingPolicies { edges { node { id } } } }')).errors).toBeUndefined()
    expect(await count(march, apiToken)).toBe(6)
  })

  it('gets no count below five, and doesn’t learn that there are none', async () => {
    expect(await count(may)).toBeNull()
    expect(await count(monthFilter('2026-08-01', '2026-09-01'))).toBeNull()
    expect(await count({ ...april, sensitivity: ['HIGH'] }, adminsCounter)).toBeNull()
    expect(await count({ ...april, status: ['NO_SHOW'] }, adminsCounter)).toBeNull()
    const ownerId = Buffer.from(`User:${church.otherPastor.userId}`).toString('base64')
    expect(await count({ ...april, ownerId }, adminsCounter)).toBeNull()
    expect(await count({ ...april, ownerId })).toBeNull()
  })

  it('gets no count from which a small one can be derived', async () => {
    // Twelve in total minus nine of medium sensitivity would reveal three of high sensitivity.
    expect(await count({ ...april, sensitivity: ['MEDIUM'] }, adminsCounter)).toBeNull()
    expect(await count({ ...march, sensitivity: ['MEDIUM'] }, adminsCounter)).toBe(6)
    const owner = Buffer.from(`User:${church.pastor.userId}`).toString('base64')
    expect(await count({ ...april, ownerId: owner }, adminsCounter)).toBe(12)
  })

  it('gets the current month in steps of five, and only for the whole church', async () => {
    expect(await count(currentMonth(), adminsCounter)).toBe(10)
    expect(await count(currentMonth())).toBeNull()
  })

  it('gets the same counts before and after a booking arrives, with every token and on every node', async () => {
    const startTime = new Date(`${thisMonth()}-03T10:00:00Z`)
    const query = async () => [
      await count(currentMonth(), adminsCounter),
      await count(april, adminsCounter),
      await count(march),
      (await askWithToken(church, adminsCounter, statistics('STATUS', march))).data,
      (await askWithToken(church, adminsCounter, statistics('EVENT_TYPE', april))).data,
      (await askWithToken(await church.secondNode(), adminsCounter, statistics('OWNER', april))).data,
    ]
    const before = await query()
    for (const at of [startTime, new Date('2026-03-05T10:00:00Z'), new Date('2026-04-05T10:00:00Z')]) {
      for (let each = 0; each < 5; each += 1) {
        await addBooking(church.deps, church.pastor, { columns: { startTime: at, endTime: at } })
      }
    }
    expect(await query()).toEqual(before)
    // The next day, as far as the published figures are concerned.
    await church.deps.database.$executeRaw`
      UPDATE month_figures SET "computedAt" = "computedAt" - interval '1 day' WHERE NOT "isFinal"`
    await church.deps.database.$executeRaw`ALTER TABLE month_figures DISABLE TRIGGER month_figures_final`
    await church.deps.database.$executeRaw`UPDATE month_figures SET "computedAt" = "computedAt" - interval '1 day'`
    await church.deps.database.$executeRaw`ALTER TABLE month_figures ENABLE TRIGGER month_figures_final`
    const [open, ...closed] = await query()
    expect(open).toBe(15)
    expect(closed).toEqual(before.slice(1))
  })

  it.each([
    ['filter.startTime', null],
    ['filter.startTime', { startTime: { from: '2026-03-02T08:00:00.000Z' } }],
    ['filter.startTime', monthFilter('2026-03-01', '2026-03-31')],
    ['filter.startTime', monthFilter('2026-03-01', '2026-05-01')],
    ['filter.search', { ...march, search: 'mourning' }],
    ['filter.sensitivity', { ...march, sensitivity: ['HIGH', 'LOW'] }],
    ['filter.status', { ...march, status: ['CONFIRMED'], sensitivity: ['HIGH'] }],
    ['filter.updatedAt', { updatedAt: { from: '2026-03-02T00:00:00.000Z' } }],
    ['filter.hasSummary', { ...march, hasSummary: true }],
  ])('can’t filter a group by %s', async (field, filter) => {
    expect(await count(filter, adminsCounter)).toMatchObject({ code: 'BAD_USER_INPUT' })
    expect([field, 'filter.sensitivity']).toContain(((await count(filter, adminsCounter)) as { field: string }).field)
  })

  it('can’t find out from a cursor whether a booking exists', async () => {
    const bookingId = await addBooking(church.deps, church.otherPastor)
    for (const id of [bookingId, '01a20000-0000-7000-8000-000000000000']) {
      const after = Buffer.from(`GPC:S:${id}`).toString('base64')
      const { errors } = await askWithToken(church, counter, total, { after })
      expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'after' })
    }
  })

  it.each(['nodes { id }', 'edges { cursor }', 'edges { node { id } }', 'pageInfo { endCursor hasNextPage }'])(
    'gets no field of a row: %s',
    async (selection) => {
      for (const others of ['', 'totalCount']) {
        const { from, to } = march.startTime
        const query = `{ bookings(filter: { startTime: { from: "${from}", to: "${to}" } }) { ${others} ${selection} } }`
        const { errors, data } = await askWithToken(church, counter, query)
        expect(errors?.[0]?.extensions).toEqual({
          code: 'FORBIDDEN',
          missingScope: ['bookings:read'],
          missingScopes: [['bookings:read']],
        })
        expect(data).toBeNull()
      }
    },
  )

  it('gets statistics without small groups and without minutes', async () => {
    const { data, errors } = await askWithToken(church, adminsCounter, statistics('OWNER', april))
    expect(errors).toBeUndefined()
    expect(data).toEqual({ bookingStats: { groups: [{ count: 12 }], total: { count: 12 }, isPartial: true } })
    const minutes = await askWithToken(
      church,
      adminsCounter,
      statistics('OWNER', april).replaceAll('{ count }', '{ minutes }'),
    )
    expect(minutes.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN', missingScope: ['bookings:read'] })
  })

  it('gets the number of bookings nowhere else in the schema', async () => {
    const paths = [
      '{ bookingCursor }',
      '{ users { nodes { id } } }',
      '{ forms { totalCount } }',
      '{ contextSummaries { totalCount } }',
      '{ auditLogs { totalCount } }',
      '{ workerJobs { totalCount } }',
      '{ webhookDeliveries { totalCount } }',
      '{ webhookEndpoints { totalCount } }',
      '{ retentionPreview(key: "answers.retentionDays", value: 30) { total } }',
      'subscription { bookingChanged { cursor } }',
    ]
    for (const apiToken of [counter, adminsCounter]) {
      for (const query of paths) {
        const { errors, text } = await askWithToken(church, apiToken, query)
        expect(errors?.length, `${query}: ${text}`).toBeGreaterThan(0)
      }
    }
  })

  it('gets everything when it also has `bookings:read`', async () => {
    const reader = await addToken(church, church.pastor, ['count-only', 'bookings:read'])
    expect(await count(may, reader)).toBe(2)
    expect(await count({ sensitivity: ['HIGH'] }, reader)).toBe(3)
    expect((await askWithToken(church, reader, '{ bookings(first: 1) { nodes { id } } }')).errors).toBeUndefined()
  })
})

function statistics(groupBy: string, { startTime: { from, to } }: ReturnType<typeof monthFilter>): string {
  return `{ bookingStats(groupBy: [${groupBy}], filter: { startTime: { from: "${from}", to: "${to}" } }) {
    groups { count } total { count } isPartial } }`
}
