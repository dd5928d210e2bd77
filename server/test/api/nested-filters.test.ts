import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addBooking, addSummary } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'

type Row = Readonly<{ id: string; status: string; sensitivity: string; duration: number; hasSummary: boolean }>

type Filter = Readonly<{
  status?: readonly string[]
  sensitivity?: readonly string[]
  duration?: Readonly<{ min?: number; max?: number }>
  hasSummary?: boolean
  and?: readonly Filter[]
  or?: readonly Filter[]
  not?: Filter
}>

const statuses = ['confirmed', 'cancelled', 'completed'] as const
const sensitivities = ['Low', 'Medium', 'High'] as const

let church: RunningChurch
const rows: Row[] = []

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  for (let index = 0; index < 12; index += 1) {
    const status = statuses[index % 3] ?? 'confirmed'
    const sensitivity = sensitivities[Math.floor(index / 3) % 3] ?? 'Low'
    const duration = 15 * (1 + (index % 4))
    const bookingId = await addBooking(church.deps, church.pastor, { columns: { status, sensitivity, duration } })
    const hasSummary = index % 2 === 0
    if (hasSummary) await addSummary(church.deps, church.pastor, bookingId, 'A brief.')
    const id = Buffer.from(`Booking:${bookingId}`).toString('base64')
    rows.push({ id, status: status.toUpperCase(), sensitivity: sensitivity.toUpperCase(), duration, hasSummary })
  }
})
afterAll(() => church.close())

const query = `query($filter: BookingFilter, $isHere: Boolean!) {
  bookings(filter: $filter, first: 50) { totalCount nodes { id title @include(if: $isHere) } } }`

/** The same list by the planner, and by graphql-js, which alone answers `@include` with a variable. */
async function listed(filter: unknown) {
  const both = [
    await church.ask<Lists>(
      church.pastor,
      query.replace(', $isHere: Boolean!', '').replace(' @include(if: $isHere)', ''),
      { filter },
    ),
    await church.ask<Lists>(church.pastor, query, { filter, isHere: true }),
  ]
  return both.map(({ data, errors }) => {
    expect(errors).toBeUndefined()
    const ids = data?.bookings.nodes.map(({ id }) => id).sort()
    expect(data?.bookings.totalCount).toBe(ids?.length)
    return ids
  })
}

type Lists = { bookings: { totalCount: number; nodes: { id: string }[] } }

function matches(row: Row, filter: Filter): boolean {
  const { status, sensitivity, duration, hasSummary, and, or, not } = filter
  return (
    (status === undefined || status.includes(row.status)) &&
    (sensitivity === undefined || sensitivity.includes(row.sensitivity)) &&
    (duration?.min === undefined || row.duration >= duration.min) &&
    (duration?.max === undefined || row.duration <= duration.max) &&
    (hasSummary === undefined || row.hasSummary === hasSummary) &&
    (and === undefined || and.every((each) => matches(row, each))) &&
    (or === undefined || or.some((each) => matches(row, each))) &&
    (not === undefined || !matches(row, not))
  )
}

const someOf = <T extends string>(values: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...values.map((value) => value.toUpperCase())), { minLength: 1, maxLength: 2 })

const { filter: anyFilter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthIdentifier: 'filter', maxDepth: 3, withCrossShrink: true },
    fc.record({ status: someOf(statuses), hasSummary: fc.boolean() }, { requiredKeys: [] }),
    fc.record(
      {
        status: someOf(statuses),
        sensitivity: someOf(sensitivities),
        duration: fc.record({ min: fc.constantFrom(15, 30, 45), max: fc.constantFrom(30, 60) }, { requiredKeys: [] }),
        hasSummary: fc.boolean(),
        and: fc.array(tie('filter'), { minLength: 1, maxLength: 2, depthIdentifier: 'filter' }),
        or: fc.array(tie('filter'), { minLength: 1, maxLength: 3, depthIdentifier: 'filter' }),
        not: tie('filter'),
      },
      { requiredKeys: [] },
    ),
  ),
}))

const nestedIn = ({ and = [], or = [], not }: Filter): number =>
  [...and, ...or, ...(not === undefined ? [] : [not])].reduce((sum, each) => sum + 1 + nestedIn(each), 0)

describe('and, or and not', () => {
  it('match what they say, whatever is nested in what, planned or not', async () => {
    const allowed = anyFilter.filter((filter) => nestedIn(filter) <= 20)
    await fc.assert(
      fc.asyncProperty(allowed, async (filter) => {
        const expected = rows.filter((row) => matches(row, filter)).map(({ id }) => id)
        expect(await listed(filter)).toEqual([expected.toSorted(), expected.toSorted()])
      }),
      { numRuns: 60, seed: 11, endOnFailure: true },
    )
  })

  it('match everything or nothing if they are empty', async () => {
    expect((await listed({ and: [{}], or: [{}] })).map((ids) => ids?.length)).toEqual([12, 12])
    expect((await listed({ not: {} })).map((ids) => ids?.length)).toEqual([0, 0])
  })

  it('apply to statistics too', async () => {
    const filter = { or: [{ status: ['CANCELLED'] }, { not: { sensitivity: ['LOW', 'MEDIUM'] } }] }
    const { data } = await church.ask<{ bookingStats: { groups: { count: number }[] } }>(
      church.pastor,
      'query($filter: BookingFilter) { bookingStats(filter: $filter, groupBy: [STATUS]) { groups { count } } }',
      { filter },
    )
    const total = data?.bookingStats.groups.reduce((sum, { count }) => sum + count, 0)
    expect(total).toBe(rows.filter((row) => matches(row, filter)).length)
  })

  it('show no other pastor’s bookings', async () => {
    const { data } = await church.ask<Lists>(church.otherPastor, query, {
      filter: { or: [{ not: { status: ['PENDING'] } }, { ids: [rows[0]?.id] }] },
      isHere: true,
    })
    expect(data?.bookings).toEqual({ totalCount: 0, nodes: [] })
  })

  const nested = (depth: number): Filter => (depth === 0 ? {} : { not: nested(depth - 1) })
  it.each<[string, object, string]>([
    ['an empty list', { or: [] }, 'filter.or needs at least one filter.'],
    ['a search within not', { not: { or: [{ search: 'Anna' }] } }, "filter.not.or.0.search can't be used within not."],
    ['too many', nested(21), 'A filter can contain at most 20 other filters.'],
    [
      'too long a list',
      { or: [{ eventTypeId: Array(101).fill(1) }] },
      'filter.or.0.eventTypeId accepts at most 100 values.',
    ],
    [
      'an ID of nothing',
      { not: { ids: [Buffer.from('Booking:1').toString('base64')] } },
      'filter.not.ids must contain IDs that this API returned.',
    ],
  ])('refuse %s', async (_what, filter, message) => {
    const { errors } = await church.ask(church.pastor, query, { filter, isHere: true })
    expect(errors?.map((error) => [error.message, error.extensions?.code])).toEqual([[message, 'BAD_USER_INPUT']])
  })

  it('record a nested search by an admin', async () => {
    const { database } = church.deps
    const before = await database.auditLog.count({
      where: { userId: church.admin.userId, action: 'people.read' },
    })
    await church.ask(church.admin, '{ bookings(filter: { or: [{ search: "a" }] }) { nodes { id } } }')
    const after = await database.auditLog.count({
      where: { userId: church.admin.userId, action: 'people.read' },
    })
    expect(after).toBeGreaterThan(before)
  })
})
