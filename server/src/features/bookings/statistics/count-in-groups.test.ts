import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addBooking, addPerson, addSummary, openTestVault } from '../../../../test/support/parish.ts'
import type { PersonViewer, Viewer } from '../../../core/access/viewer.ts'
import type { Database } from '../../../platform/database/client.ts'
import { newId } from '../../../platform/ids.ts'
import type { BookingFilter } from '../filter.model.ts'
import { bookingsMatching } from '../reads.ts'
import { countInGroups } from './count-in-groups.ts'
import type { StatsInput } from './statistics.model.ts'

let fresh: FreshDatabase
let pastor: PersonViewer
let other: PersonViewer
let admin: PersonViewer
const ids: string[] = []

beforeAll(async () => {
  fresh = await freshDatabase()
  pastor = await addPerson(fresh.database, 'pastor')
  other = await addPerson(fresh.database, 'pastor')
  admin = await addPerson(fresh.database, 'admin')
  const deps = { database: fresh.database, vault: await openTestVault(fresh.database) }
  for (const [owner, columns] of bookings()) {
    const startTime = new Date(columns.startTime)
    const endTime = new Date(startTime.getTime() + columns.duration * 60_000)
    ids.push(
      await addBooking(deps, owner === 'pastor' ? pastor : other, {
        intake: null,
        columns: { ...columns, startTime, endTime, calBookingId: randomInt(2 ** 31 - 1) },
      }),
    )
  }
  await addSummary(deps, pastor, ids[0] ?? '', 'Words.')
})
afterAll(() => fresh.close())

const statuses = ['pending', 'confirmed', 'rejected', 'cancelled', 'rescheduled', 'completed', 'no_show'] as const
const sensitivities = ['High', 'Medium', 'Low'] as const

/** Twenty-four diverse bookings around the two clock changes in Berlin in 2026. */
function bookings() {
  const times = [
    '2026-03-28T22:59:00Z',
    '2026-03-28T23:00:00Z',
    '2026-03-29T00:59:00Z',
    '2026-03-29T21:59:00Z',
    '2026-03-29T22:00:00Z',
    '2026-10-24T21:59:00Z',
    '2026-10-24T22:00:00Z',
    '2026-10-25T00:30:00Z',
    '2026-10-25T01:30:00Z',
    '2026-10-25T22:59:00Z',
    '2026-10-25T23:00:00Z',
    '2027-01-01T00:30:00Z',
  ]
  return [...times, ...times].map((startTime, at) => {
    const eventTypeId = 1 + (at % 3)
    const columns = {
      startTime,
      duration: [15, 30, 45][at % 3] ?? 60,
      status: statuses[at % statuses.length] ?? 'confirmed',
      sensitivity: sensitivities[at % sensitivities.length] ?? 'Medium',
      isAnonymous: at % 5 === 0,
      eventTypeId,
      eventTypeTitle: at === 2 ? 'Prayer' : (['Care Talk', 'Small Group', 'Prayer and more'][eventTypeId - 1] ?? null),
      title: `Care Talk with ${at % 2 === 0 ? 'Maria' : 'Jonas'}`,
      createdAt: new Date(Date.UTC(2026, 0, 1 + at)),
      updatedAt: new Date(Date.UTC(2026, 1, 28 - at)),
    }
    return [at < times.length ? 'pastor' : 'other', columns] as const
  })
}

const ask = (viewer: Viewer, asked: Partial<StatsInput>, database: Database = fresh.database) =>
  countInGroups(
    { database, statements: fresh.statements, clock: { now: () => new Date('2026-11-20T09:00:00Z') } },
    viewer,
    {
      filter: {},
      groupBy: ['status'],
      timeZone: 'UTC',
      ...asked,
    },
  )

describe('the days of a time zone', () => {
  test('have the length of its clock: 23 hours in March, 25 in October', async () => {
    const { groups } = await ask(pastor, { groupBy: ['day'], timeZone: 'Europe/Berlin' })
    expect(
      groups.map(({ periodLabel, periodStart, count }) => [periodLabel, periodStart?.toISOString(), count]),
    ).toEqual([
      ['2026-03-28', '2026-03-27T23:00:00.000Z', 1],
      ['2026-03-29', '2026-03-28T23:00:00.000Z', 3],
      ['2026-03-30', '2026-03-29T22:00:00.000Z', 1],
      ['2026-10-24', '2026-10-23T22:00:00.000Z', 1],
      ['2026-10-25', '2026-10-24T22:00:00.000Z', 4],
      ['2026-10-26', '2026-10-25T23:00:00.000Z', 1],
      ['2027-01-01', '2026-12-31T23:00:00.000Z', 1],
    ])
  })

  test('differ between zones, and so do weeks, which start on Monday, and months', async () => {
    const west = await ask(pastor, { groupBy: ['month'], timeZone: 'America/New_York' })
    expect(west.groups.map(({ periodLabel, count }) => [periodLabel, count])).toEqual([
      ['2026-03-01', 5],
      ['2026-10-01', 6],
      ['2026-12-01', 1],
    ])
    const weeks = await ask(pastor, { groupBy: ['week'], timeZone: 'Europe/Berlin' })
    expect(weeks.groups.map(({ periodLabel, count }) => [periodLabel, count])).toEqual([
      ['2026-03-23', 4],
      ['2026-03-30', 1],
      ['2026-10-19', 5],
      ['2026-10-26', 1],
      ['2026-12-28', 1],
    ])
  })

  test.each(['CET', '+02:00', 'Europe/Atlantis', '', "Europe/Berlin'", 'EST', 'europe'])(
    'reject %j, which PostgreSQL might interpret differently',
    async (timeZone) => {
      await expect(ask(pastor, { groupBy: ['day'], timeZone })).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        extensions: { field: 'timeZone' },
      })
    },
  )
})

describe('groups', () => {
  test('cover one’s own bookings, or all for an admin', async () => {
    const own = await ask(pastor, { groupBy: ['owner'] })
    expect(own.groups).toMatchObject([{ ownerId: pastor.userId, count: 12, minutes: 360 }])
    expect(own.total).toEqual({ count: 12, minutes: 360 })
    const all = await ask(admin, { groupBy: ['owner'] })
    expect(all.groups.map(({ ownerId, count }) => [ownerId, count])).toEqual(
      [pastor, other].map(({ userId }) => [userId, 12]).sort(),
    )
    expect((await ask(pastor, { filter: { ownerId: other.userId } })).groups).toEqual([])
  })

  test('are sorted by dimension, with enums in declaration order, and add up', async () => {
    const { groups, total } = await ask(admin, { groupBy: ['sensitivity', 'status', 'month'] })
    const order = groups.map(({ sensitivity, status, periodLabel }) =>
      [sensitivities.indexOf(sensitivity ?? 'High'), statuses.indexOf(status ?? 'pending'), periodLabel].join(' '),
    )
    expect(order).toEqual(order.toSorted())
    expect(groups.every(({ eventTypeId, ownerId }) => eventTypeId === null && ownerId === null)).toBe(true)
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(total?.count)
    expect(total).toEqual({ count: 24, minutes: 720 })
  })

  test('of an event type have the title of its latest booking', async () => {
    const { groups } = await ask(pastor, { groupBy: ['eventType'] })
    expect(groups.map(({ eventTypeId, eventTypeTitle }) => [eventTypeId, eventTypeTitle])).toEqual([
      [1, 'Care Talk'],
      [2, 'Small Group'],
      [3, 'Prayer and more'],
    ])
  })

  test('are empty without bookings, with a total of zero', async () => {
    const none = await ask(pastor, { filter: { status: [] } })
    expect(none).toEqual({ groups: [], total: { count: 0, minutes: 0 }, isPartial: false })
  })

  test('need one statement', async () => {
    let statements = 0
    const counting = fresh.database.$extends({
      query: {
        $allOperations: ({ args, query }) => {
          statements += 1
          return query(args)
        },
      },
    })
    // only the type differs: extended Prisma clients have all of the methods
    await ask(
      admin,
      { groupBy: ['owner', 'eventType', 'week'], timeZone: 'Asia/Tokyo' },
      counting as unknown as Database,
    )
    expect(statements).toBe(1)
  })

  test.each([
    ['none', []],
    ['four', ['status', 'sensitivity', 'eventType', 'owner']],
    ['one twice', ['status', 'status']],
    ['two periods', ['day', 'month']],
  ] as const)('reject %s as dimensions', async (_name, groupBy) => {
    await expect(ask(pastor, { groupBy })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      extensions: { field: 'groupBy' },
    })
  })

  test('are limited to a thousand', async () => {
    const many = await addPerson(fresh.database, 'pastor')
    const row = (at: number) => ({
      id: crypto.randomUUID(),
      userId: many.userId,
      calBookingId: 5_000_000 + at,
      eventTypeId: at,
      title: 'One of many',
      startTime: new Date('2026-05-05T09:00:00Z'),
      endTime: new Date('2026-05-05T10:00:00Z'),
      duration: 60,
    })
    const insert = (count: number, from = 0) =>
      fresh.database.booking.createMany({ data: Array.from({ length: count }, (_, at) => row(from + at)) })
    await insert(1_000)
    expect((await ask(many, { groupBy: ['eventType'] })).groups).toHaveLength(1_000)
    await insert(1, 1_000)
    await expect(ask(many, { groupBy: ['eventType'] })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect((await ask(many, { groupBy: ['status'] })).total?.count).toBe(1_001)
    await fresh.database.bookingKey.deleteMany({ where: { booking: { userId: many.userId } } })
  })
})

test('statistics and lists find the same bookings for every filter and viewer', async () => {
  const time = fc.option(
    fc.constantFrom('2026-01-09', '2026-02-15', '2026-03-29', '2026-10-25').map((day) => new Date(day)),
  )
  const range = fc.option(fc.record({ from: time, to: time }))
  const parts = {
    startTime: range,
    createdAt: range,
    updatedAt: range,
    status: fc.subarray([...statuses]),
    sensitivity: fc.subarray([...sensitivities]),
    eventTypeId: fc.subarray([1, 2, 3, 4]),
    ids: fc.constantFrom(0, 5, 24).map((count) => [...ids.slice(0, count), crypto.randomUUID()]),
    isAnonymous: fc.boolean(),
    hasSummary: fc.boolean(),
    duration: fc.record({ min: fc.option(fc.constantFrom(15, 30)), max: fc.option(fc.constantFrom(30, 44)) }),
    search: fc.constantFrom('maria', 'Care', 'prayer and', '%', 'No_one', '\\', "x'y"),
    ownerId: fc.constantFrom('pastor', 'other').map((who) => (who === 'pastor' ? pastor : other).userId),
  }
  const names = Object.keys(parts) as (keyof typeof parts)[] // Object.keys of a literal returns exactly its keys
  const filter = fc
    .tuple(fc.record(parts), fc.subarray(names, { maxLength: 3 }))
    .map(([all, chosen]): BookingFilter => Object.fromEntries(chosen.map((name) => [name, all[name]])))
  const asToken = (viewer: PersonViewer): Viewer => {
    const { userId, role } = viewer
    return { kind: 'token', userId, role, tokenId: 'a token', scopes: new Set(['bookings:read']) }
  }
  const viewer = fc.constantFrom('pastor', 'admin', 'token', 'admin token').map((who): Viewer => {
    if (who === 'pastor') return pastor
    return who === 'admin' ? admin : asToken(who === 'token' ? pastor : admin)
  })
  let found = 0
  await fc.assert(
    fc.asyncProperty(filter, viewer, async (given, asking) => {
      const listed = await fresh.database.booking.count({ where: bookingsMatching(asking, given) })
      expect((await ask(asking, { filter: given })).total?.count).toBe(listed)
      if (listed > 0 && listed < 24) found += 1
    }),
    { numRuns: 300 },
  )
  expect(found).toBeGreaterThan(40)
}, 60_000)

describe('a count-only token', () => {
  const counter = (person = admin): Viewer => {
    const { userId, role } = person
    return { kind: 'token', userId, role, tokenId: 'a token', scopes: new Set(['count-only']) }
  }
  const month = (from: string, to: string) => ({ filter: { startTime: { from: new Date(from), to: new Date(to) } } })
  const march = month('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z')
  const october = month('2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z')
  const setZone = (value: string) =>
    fresh.database.systemSetting.upsert({
      where: { key: 'church.timeZone' },
      create: { id: newId(), key: 'church.timeZone', value },
      update: { value },
    })

  test('gets a past month without its small groups', async () => {
    expect(await ask(counter(), march)).toEqual({ groups: [], total: { count: 10, minutes: null }, isPartial: true })
    const owners = await ask(counter(), { ...march, groupBy: ['owner'] })
    expect(owners.groups.map(({ ownerId, count, minutes }) => [ownerId, count, minutes])).toEqual(
      [pastor.userId, other.userId].sort().map((id) => [id, 5, null]),
    )
    const months = await ask(counter(), {
      ...month('2026-01-01T00:00:00Z', '2027-02-01T00:00:00Z'),
      groupBy: ['month'],
    })
    // The two bookings of January 2027 are suppressed, and so is that there are any.
    expect(months.groups.map(({ periodLabel, count }) => [periodLabel, count])).toEqual([
      ['2026-03-01', 10],
      ['2026-10-01', 12],
    ])
    expect(months).toMatchObject({ total: null, isPartial: true })
  })

  test('of a pastor gets the church’s count for that pastor', async () => {
    expect(await ask(counter(pastor), { ...march, groupBy: ['month'] })).toMatchObject({
      groups: [{ periodLabel: '2026-03-01', count: 5 }],
      total: { count: 5 },
    })
  })

  test('gets the same for a month with fewer than five as for one without any', async () => {
    const [few, none] = [
      await ask(counter(), month('2027-01-01T00:00:00Z', '2027-02-01T00:00:00Z')),
      await ask(counter(), month('2030-01-01T00:00:00Z', '2030-02-01T00:00:00Z')),
    ]
    expect(few).toEqual({ groups: [], total: null, isPartial: true })
    expect(none).toEqual(few)
  })

  test.each([
    ['filter.search', { filter: { search: 'Maria' } }],
    ['filter.status', { filter: { status: ['no_show'] } }],
    ['filter.ids', { filter: { ids: [] } }],
    ['filter.startTime', { filter: { startTime: { from: new Date('2026-03-01T00:00:00Z') } } }],
    ['filter.startTime', month('2026-03-02T00:00:00Z', '2026-04-02T00:00:00Z')],
    ['filter.startTime', month('2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z')],
    ['filter.startTime', month('2026-04-01T00:00:00Z', '2026-03-01T00:00:00Z')],
    ['filter.startTime', month('2026-03-01T00:00:00Z', '2026-05-01T00:00:00Z')],
    ['filter.startTime', { filter: {} }],
    ['timeZone', { ...march, timeZone: 'Europe/Berlin' }],
    ['groupBy', { ...march, groupBy: ['status', 'owner'] }],
    ['groupBy', { ...march, groupBy: ['day'] }],
  ] as [string, Partial<StatsInput>][])(
    'can’t send a query that would reveal a small count by %s',
    async (field, asked) => {
      await expect(ask(counter(), asked)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', extensions: { field } })
      await expect(ask(admin, asked)).resolves.toBeDefined()
    },
  )

  test('gets the church’s time zone, and a month in it', async () => {
    await setZone('Europe/Berlin')
    await expect(ask(counter(), march)).rejects.toThrow(
      'one calendar month in Europe/Berlin, such as from 2026-09-30T22:00:00.000Z to 2026-10-31T23:00:00.000Z.',
    )
  })

  test('gets months in the church’s time zone, and what was published for earlier ones', async () => {
    await fresh.database.$executeRaw`TRUNCATE month_figure_groups, month_figures`
    await setZone('Pacific/Kiritimati')
    // In Kiritimati, the end of October already belongs to November.
    const inKiritimati = month('2026-09-30T10:00:00Z', '2026-10-31T10:00:00Z')
    const before = await ask(counter(), inKiritimati)
    expect(before.total).toEqual({ count: 12, minutes: null })
    await setZone('UTC')
    expect((await ask(counter(), october)).total).toEqual(before.total)
    const { groups } = await ask(counter(), { ...october, groupBy: ['month'] })
    expect(groups.map(({ periodStart }) => periodStart?.toISOString())).toEqual(['2026-09-30T10:00:00.000Z'])
  })

  test('gets no figure that changes: the database prevents it', async () => {
    await ask(counter(), march)
    for (const statement of ['UPDATE month_figures SET total = 11', 'DELETE FROM month_figures']) {
      await expect(fresh.database.$executeRawUnsafe(`${statement} WHERE month = '2026-03-01'`)).rejects.toThrow(/final/)
    }
  })

  test('gets the latest title of an event type only if at least five bookings have it', async () => {
    const types = await ask(counter(), { ...october, groupBy: ['eventType'] })
    for (const { eventTypeTitle } of types.groups) expect(eventTypeTitle).toBeNull()
  })
})
