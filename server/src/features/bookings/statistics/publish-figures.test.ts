import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { createSpan, type Row } from '../../../../test/support/linear-span.ts'
import { addPerson } from '../../../../test/support/parish.ts'
import type { PersonViewer, Viewer } from '../../../core/access/viewer.ts'
import type { BookingFilter } from '../filter.model.ts'
import type { BookingStatus } from '../lifecycle/fold.model.ts'
import { countInGroups } from './count-in-groups.ts'
import { readSuppressedCount } from './read-suppressed-count.ts'
import type { StatsDimension, StatsGroup } from './statistics.model.ts'

const now = new Date('2026-06-20T10:00:00Z')
const statuses: readonly BookingStatus[] = [
  'pending',
  'confirmed',
  'rejected',
  'cancelled',
  'rescheduled',
  'completed',
  'no_show',
]
const sensitivities = ['High', 'Medium', 'Low'] as const

/** The attributes of a booking that can be counted by. */
type Counted = Readonly<{
  id: string
  day: string
  ownerId: string
  eventTypeId: number
  status: BookingStatus
  sensitivity: (typeof sensitivities)[number]
}>

/** A published number, and the bookings it counts. */
type Told = Readonly<{ question: string; count: number; of: readonly Counted[]; row: Row }>

type Range = Readonly<{ from: Date; to: Date }>

type Church = Readonly<{
  fresh: FreshDatabase
  viewers: readonly Viewer[]
  bookings: readonly Counted[]
  owners: readonly string[]
}>

const asCounter = ({ userId, role }: PersonViewer): Viewer => {
  return { kind: 'token', userId, role, tokenId: userId, scopes: new Set(['count-only']) }
}

/** A linear congruential generator, so that every run has the same numbers. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

async function makeChurch(seed: number, pastors: number, perMonth: number): Promise<Church> {
  const fresh = await freshDatabase()
  const random = seeded(seed)
  const admin = await addPerson(fresh.database, 'admin')
  const owners = await Promise.all(Array.from({ length: pastors }, () => addPerson(fresh.database, 'pastor')))
  const bookings: Counted[] = []
  const skewed = <T>(values: readonly T[]): T => {
    // Most bookings have the first values, few the others.
    const value = values[Math.min(random(values.length), random(values.length), random(values.length))]
    if (value === undefined) throw new Error('nothing to choose from')
    return value
  }
  const order: readonly BookingStatus[] = [
    'confirmed',
    'completed',
    'cancelled',
    'no_show',
    'rescheduled',
    'pending',
    'rejected',
  ]
  for (const month of ['2026-03', '2026-04', '2026-05', '2026-06', '2026-07']) {
    for (let at = 0; at < perMonth + random(perMonth); at += 1) {
      const owner = skewed(owners)
      bookings.push({
        id: crypto.randomUUID(),
        day: `${month}-${String(1 + random(28)).padStart(2, '0')}`,
        ownerId: owner.userId,
        eventTypeId: 10 * owners.indexOf(owner) + skewed([1, 2, 3, 4]),
        status: skewed(order),
        sensitivity: skewed(['Medium', 'Low', 'High'] as const),
      })
    }
  }
  await insert(fresh, bookings)
  return {
    fresh,
    viewers: [admin, ...owners.slice(0, 1), ...owners.slice(1).slice(-1)].map(asCounter),
    bookings,
    owners: owners.map(({ userId }) => userId),
  }
}

let number = 1
async function insert({ database }: FreshDatabase, bookings: readonly Counted[]): Promise<void> {
  await database.booking.createMany({
    data: bookings.map(({ id, day, ownerId, ...rest }) => ({
      id,
      userId: ownerId,
      calBookingId: number++,
      title: 'Somebody',
      eventTypeTitle: `Type ${rest.eventTypeId}`,
      startTime: new Date(`${day}T09:00:00Z`),
      endTime: new Date(`${day}T10:00:00Z`),
      duration: 60,
      ...rest,
    })),
  })
}

const startOf = (day: string) => new Date(`${day}T00:00:00Z`)
const monthOf = ({ day }: Counted) => day.slice(0, 7)

/** The ranges that an attacker may try: months, and everything that an earlier version accepted. */
function ranges(): Range[] {
  const months = ['2026-02-01', '2026-03-01', '2026-04-01', '2026-05-01', '2026-06-01', '2026-07-01', '2026-08-01'].map(
    startOf,
  )
  const whole = months.flatMap((from, at) => months.slice(at + 1, at + 3).map((to) => ({ from, to })))
  const shifted = Array.from({ length: 2 }, (_, day) => ({
    from: startOf('2026-03-01'),
    to: new Date(startOf('2026-03-02').getTime() + day * 86_400_000),
  }))
  return [...whole, ...shifted]
}

const dimensions = ['status', 'sensitivity', 'eventType', 'owner'] as const
const keys = { status: 'status', sensitivity: 'sensitivity', eventType: 'eventTypeId', owner: 'ownerId' } as const

/** Sends every query and collects the answers that contain numbers. */
async function askEverything(
  { fresh, viewers, bookings }: Church,
  { at = now, within = ranges() }: { at?: Date; within?: readonly Range[] } = {},
): Promise<Told[]> {
  const deps = { database: fresh.database, statements: fresh.statements, clock: { now: () => at } }
  const told: Told[] = []
  const groupings: StatsDimension[][] = [
    ...(['day', 'week', 'month', ...dimensions] as const).map((dimension) => [dimension]),
    ...dimensions.map((dimension): StatsDimension[] => [dimension, 'month']),
    ['status', 'sensitivity'],
  ]
  for (const viewer of viewers) {
    const own = bookings.filter(({ ownerId }) => viewer.role === 'admin' || ownerId === viewer.userId)
    const narrowings: BookingFilter[] = [
      {},
      ...statuses.map((status) => ({ status: [status] })),
      ...sensitivities.map((sensitivity) => ({ sensitivity: [sensitivity] })),
      ...[...new Set(bookings.map(({ ownerId }) => ownerId))].map((ownerId) => ({ ownerId })),
      ...[...new Set(bookings.map(({ eventTypeId }) => eventTypeId))].slice(0, 12).map((id) => ({ eventTypeId: [id] })),
      { status: ['confirmed', 'completed'] },
      { status: ['confirmed'], sensitivity: ['High'] },
    ]
    for (const range of [null, ...within]) {
      const inRange = own.filter(({ day }) => range === null || (startOf(day) >= range.from && startOf(day) < range.to))
      const filter = range === null ? {} : { startTime: range }
      for (const groupBy of groupings) {
        const stats = await countInGroups(deps, viewer, { filter, groupBy, timeZone: 'UTC' }).catch(() => null)
        for (const group of stats?.groups ?? []) {
          told.push(
            tell(
              `${viewer.role} by ${groupBy}`,
              group.count,
              inRange.filter((booking) => isIn(booking, group, groupBy)),
              groupBy.find((dimension) => dimension !== 'month') ?? everything(viewer),
            ),
          )
        }
        if (stats?.total) told.push(tell(`${viewer.role} total`, stats.total.count, inRange, everything(viewer)))
      }
      for (const narrowing of narrowings) {
        const list = { filter: { ...filter, ...narrowing } }
        const count = await readSuppressedCount(deps, viewer, list).catch(() => null)
        if (count !== null && count >= 5) {
          told.push(
            tell(
              `${viewer.role} list ${Object.keys(narrowing)}`,
              count,
              inRange.filter((booking) => matches(booking, narrowing)),
              attributeIn(narrowing) ?? everything(viewer),
            ),
          )
        }
      }
    }
  }
  return told
}

/** The dimension whose groups together contain all bookings that a caller may count. */
const everything = (viewer: Viewer): StatsDimension => (viewer.role === 'admin' ? 'status' : 'owner')

function attributeIn({ status, sensitivity, ownerId, eventTypeId }: BookingFilter): StatsDimension | null {
  if (status) return 'status'
  if (sensitivity) return 'sensitivity'
  if (ownerId) return 'owner'
  return eventTypeId ? 'eventType' : null
}

function isIn(booking: Counted, group: StatsGroup, groupBy: readonly StatsDimension[]): boolean {
  return groupBy.every((dimension) => {
    if (dimension === 'month') return group.periodLabel?.slice(0, 7) === monthOf(booking)
    if (dimension === 'day') return group.periodLabel === booking.day
    if (dimension === 'week') {
      const start = startOf(group.periodLabel ?? '').getTime()
      return startOf(booking.day).getTime() >= start && startOf(booking.day).getTime() < start + 7 * 86_400_000
    }
    return group[keys[dimension]] === booking[keys[dimension]]
  })
}

function matches(booking: Counted, { status, sensitivity, ownerId, eventTypeId }: BookingFilter): boolean {
  if (status && !status.includes(booking.status)) return false
  if (sensitivity && !sensitivity.includes(booking.sensitivity)) return false
  if (ownerId && ownerId !== booking.ownerId) return false
  return !eventTypeId || eventTypeId.includes(booking.eventTypeId)
}

function tell(question: string, count: number, of: readonly Counted[], by: StatsDimension | null): Told {
  return { question, count, of, row: rowOf(of, by) }
}

/**
 * A group as an equation. The attacker knows each pastor's event types, but not how status and sensitivity are related. So
 * the unknowns of a month are the sums by status, by sensitivity, and by pastor and event type, which have the same known
 * total.
 */
function rowOf(of: readonly Counted[], by: StatsDimension | null): Row {
  return new Map(
    of.map((booking) => {
      const part = by === 'sensitivity' || by === 'eventType' || by === 'owner' ? by : 'status'
      const name = part === 'eventType' || part === 'owner' ? pairOf(booking) : `${part} ${booking[part]}`
      return [`${monthOf(booking)} ${name}`, 1]
    }),
  )
}

const pairOf = ({ ownerId, eventTypeId }: Counted) => `pair ${ownerId} ${eventTypeId}`

/** The relations that hold for any month: the sums by each attribute are equal. */
function relations(bookings: readonly Counted[]): Row[] {
  return [...new Set(bookings.map(monthOf))].flatMap((month) => {
    const inMonth = bookings.filter((booking) => monthOf(booking) === month)
    const sum = (names: readonly string[], sign: number) => names.map((name) => [`${month} ${name}`, sign] as const)
    const byStatus = sum(
      statuses.map((status) => `status ${status}`),
      1,
    )
    return [
      new Map([
        ...byStatus,
        ...sum(
          sensitivities.map((each) => `sensitivity ${each}`),
          -1,
        ),
      ]),
      new Map([...byStatus, ...sum([...new Set(inMonth.map(pairOf))], -1)]),
    ]
  })
}

/** Every small group that must not be derivable, as an equation. */
function smallGroups(bookings: readonly Counted[]): { name: string; row: Row }[] {
  const attributes: readonly ((booking: Counted) => string)[] = [
    ({ status }) => `status ${status}`,
    ({ sensitivity }) => `sensitivity ${sensitivity}`,
    ({ ownerId }) => `owner ${ownerId}`,
    ({ eventTypeId }) => `event type ${eventTypeId}`,
    pairOf,
  ]
  return [...new Set(bookings.map(monthOf))].flatMap((month) => {
    const inMonth = bookings.filter((booking) => monthOf(booking) === month)
    return attributes.flatMap((attributeOf) =>
      [...Map.groupBy(inMonth, attributeOf)].flatMap(([value, group]) => {
        if (group.length >= 5) return []
        const names = new Set(group.map((booking) => (/^(status|sensitivity) /.test(value) ? value : pairOf(booking))))
        return [{ name: `${month} ${value}`, row: new Map([...names].map((name) => [`${month} ${name}`, 1])) }]
      }),
    )
  })
}

/** Pairs of answers where one counts a superset of the other with one to four more bookings. */
function tellingPairs(told: readonly Told[]): string[] {
  const sets = [
    ...new Map(
      told.map((each) => [
        each.of
          .map(({ id }) => id)
          .sort()
          .join(),
        each,
      ]),
    ).values(),
  ]
  const ids = sets.map(({ of }) => new Set(of.map(({ id }) => id)))
  const found: string[] = []
  for (const [a, larger] of sets.entries()) {
    for (const [b, smaller] of sets.entries()) {
      const difference = larger.of.length - smaller.of.length
      if (difference < 1 || difference > 4 || !smaller.of.every(({ id }) => ids[a]?.has(id))) continue
      if (larger.count - smaller.count === difference)
        found.push(`${larger.question} less ${smaller.question}: ${difference} (${b})`)
    }
  }
  return found
}

const isExact = ({ count, of }: Told) => count === of.length

describe.each([
  ['a small church', 11, 3, 14],
  ['a church with one pastor', 5, 1, 20],
  ['a church of many pastors', 23, 8, 90],
])('%s', (_name, seed, pastors, perMonth) => {
  let church: Church
  let told: Told[]
  beforeAll(async () => {
    church = await makeChurch(seed, pastors, perMonth)
    told = await askEverything(church)
  }, 120_000)
  afterAll(() => church.fresh.close())

  test('publishes figures', () => {
    expect(told.length).toBeGreaterThan(0)
  })

  test('publishes exact counts of past months, and counts in steps of five for others', () => {
    const rounded = told.filter((each) => !isExact(each))
    expect(
      rounded.filter(({ count, of }) => count % 5 !== 0 || of.some((booking) => monthOf(booking) < '2026-06')),
    ).toEqual([])
    expect(told.filter(isExact).length).toBeGreaterThan(0)
  })

  test('reveals no group of fewer than five', () => {
    expect(told.filter(({ count }) => count < 5)).toEqual([])
    expect(told.filter(({ of }) => of.length > 0 && of.length < 5)).toEqual([])
  })

  test('reveals no group of one to four by the difference of any two responses', () => {
    expect(tellingPairs(told)).toEqual([])
  })

  test('reveals none by any combination of all responses', () => {
    const span = createSpan()
    for (const relation of relations(church.bookings)) span.add(relation)
    // Rounded totals are not equations.
    for (const { row } of told.filter(isExact)) span.add(row)
    const small = smallGroups(church.bookings)
    expect(small.length).toBeGreaterThan(5)
    expect(small.filter(({ row }) => span.has(row)).map(({ name }) => name)).toEqual([])
  })
})

test('no figure reveals a change, neither on the same day nor by its difference from the next', async () => {
  const church = await makeChurch(77, 2, 30)
  const { database } = church.fresh
  const months = ranges().filter(
    ({ from, to }) =>
      to.getTime() - from.getTime() <= 31 * 86_400_000 && from.getUTCDate() === 1 && to.getUTCDate() === 1,
  )
  const figures = async (at: Date) =>
    (await askEverything({ ...church, viewers: church.viewers.slice(0, 2) }, { at, within: months })).map(
      ({ question, count, row }) => `${question} ${[...row.keys()].sort().join()} ${count}`,
    )
  const first = await figures(now)
  expect(first.length).toBeGreaterThan(20)
  const [one] = church.bookings.filter(({ day }) => day.startsWith('2026-04'))
  const extra = {
    id: crypto.randomUUID(),
    ownerId: church.owners[0] ?? '',
    eventTypeId: 1,
    status: 'confirmed',
    sensitivity: 'High',
  } as const
  const changes = [
    () => insert(church.fresh, [{ ...extra, day: '2026-05-05' }]),
    () => database.booking.updateMany({ where: { id: one?.id ?? '' }, data: { status: 'no_show' } }),
    () => database.booking.updateMany({ where: { id: one?.id ?? '' }, data: { userId: church.owners[1] ?? '' } }),
    () =>
      database.booking.updateMany({
        where: { id: one?.id ?? '' },
        data: { startTime: new Date('2026-03-30T09:00:00Z'), endTime: new Date('2026-03-30T10:00:00Z') },
      }),
  ]
  for (const [days, change] of changes.entries()) {
    await change()
    expect(await figures(new Date(now.getTime() + 3_600_000))).toEqual(first)
    // Past months don't change on the next day either; other months change in steps of five.
    expect(
      (await figures(new Date(now.getTime() + (days + 1) * 86_400_000))).filter((each) => !first.includes(each)),
    ).toEqual([])
  }
  await church.fresh.close()
}, 120_000)
