import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addBooking } from './parish.ts'
import { type RunningChurch, startChurch } from './running-church.ts'
import { addToken, askBy, type HeldToken } from './tokens.ts'

let church: RunningChurch
let counter: HeldToken
let adminsCounter: HeldToken

/** Four days: on each of the first three some bookings, most of them of medium sensitivity. */
const days = [
  { day: '2026-03-02', medium: 6, high: 0 },
  { day: '2026-03-03', medium: 7, high: 3 },
  { day: '2026-03-04', medium: 2, high: 0 },
]

beforeAll(async () => {
  church = await startChurch({ works: false })
  for (const { day, medium, high } of days) {
    const sensitivities = [...Array(medium).fill('Medium'), ...Array(high).fill('High')] as ('Medium' | 'High')[]
    for (const [at, sensitivity] of sensitivities.entries()) {
      const startTime = new Date(`${day}T${String(8 + at).padStart(2, '0')}:00:00Z`)
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

const between = (from: string, to: string) => ({
  startTime: { from: `${from}T00:00:00.000Z`, to: `${to}T00:00:00.000Z` },
})

async function count(filter: object | null, held = counter) {
  const { data, errors } = await askBy<{ bookings: { totalCount: number | null } }>(church, held, total, { filter })
  return errors === undefined ? data?.bookings.totalCount : errors[0]?.extensions
}

describe('a token that may only count', () => {
  it('gets how many bookings there are', async () => {
    expect(await count(null)).toBe(18)
    expect(await count(null, adminsCounter)).toBe(18)
    expect(await count(between('2026-03-02', '2026-03-03'))).toBe(6)
    expect(await count(between('2026-03-02', '2026-03-04'))).toBe(16)
  })

  it('gets no number of fewer than five, and not that there is none', async () => {
    expect(await count(between('2026-03-04', '2026-03-05'))).toBeNull()
    expect(await count(between('2026-03-08', '2026-03-09'))).toBeNull()
    expect(await count({ sensitivity: ['HIGH'] })).toBeNull()
    expect(await count({ status: ['NO_SHOW'] })).toBeNull()
    const nobody = Buffer.from(`User:${church.otherPastor.userId}`).toString('base64')
    expect(await count({ ownerId: nobody }, adminsCounter)).toBeNull()
  })

  it('gets no number from which a small one follows', async () => {
    // 18 in all without 15 of medium sensitivity would be 3 of high.
    expect(await count({ sensitivity: ['MEDIUM'] })).toBeNull()
    expect(await count({ sensitivity: ['MEDIUM'], ...between('2026-03-02', '2026-03-03') })).toBe(6)
    const owner = Buffer.from(`User:${church.pastor.userId}`).toString('base64')
    expect(await count({ ownerId: owner }, adminsCounter)).toBe(18)
  })

  it.each([
    ['filter.search', { search: 'mourning' }],
    ['filter.startTime', { startTime: { from: '2026-03-02T08:00:00.000Z' } }],
    ['filter.startTime', { startTime: { from: '2026-03-02T00:00:00.000+01:00' } }],
    ['filter.sensitivity', { sensitivity: ['HIGH', 'LOW'] }],
    ['filter.status', { status: ['CONFIRMED'], sensitivity: ['HIGH'] }],
    ['filter.updatedAt', { updatedAt: { from: '2026-03-02T00:00:00.000Z' } }],
    ['filter.hasSummary', { hasSummary: true }],
  ])('may not narrow a group by %s', async (field, filter) => {
    expect(await count(filter)).toEqual({ code: 'BAD_USER_INPUT', field })
  })

  it('learns from no cursor whether there is a booking', async () => {
    const bookingId = await addBooking(church.deps, church.otherPastor)
    for (const id of [bookingId, '01a20000-0000-7000-8000-000000000000']) {
      const after = Buffer.from(`GPC:S:${id}`).toString('base64')
      const { errors } = await askBy(church, counter, total, { after })
      expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'after' })
    }
  })

  it.each(['nodes { id }', 'edges { cursor }', 'edges { node { id } }', 'pageInfo { endCursor hasNextPage }'])(
    'gets nothing of a row: %s',
    async (selection) => {
      for (const others of ['', 'totalCount']) {
        const query = `{ bookings { ${others} ${selection} } }`
        const { errors, data } = await askBy(church, counter, query)
        expect(errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN', missingScope: ['bookings:read'] })
        expect(data).toBeNull()
      }
    },
  )

  it('gets statistics with the small groups left out', async () => {
    const { data, errors } = await askBy<{ bookingStats: { groups: { count: number }[] } }>(
      church,
      counter,
      '{ bookingStats(groupBy: [DAY], timeZone: "UTC") { groups { count } } }',
    )
    expect(errors).toBeUndefined()
    expect(data?.bookingStats.groups.filter((group) => group.count < 5)).toEqual([])
    expect(data?.bookingStats.groups.length).toBeGreaterThan(0)
  })

  it('gets everything with `bookings:read` beside it', async () => {
    const reader = await addToken(church, church.pastor, ['count-only', 'bookings:read'])
    expect(await count(between('2026-03-04', '2026-03-05'), reader)).toBe(2)
    expect(await count({ sensitivity: ['HIGH'] }, reader)).toBe(3)
    expect((await askBy(church, reader, '{ bookings(first: 1) { nodes { id } } }')).errors).toBeUndefined()
  })
})
