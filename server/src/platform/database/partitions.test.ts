import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addBooking, addUser, partitionsOf } from '../../../test/schema/rows.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { newId } from '../ids.ts'
import type { Database } from './client.ts'
import { createMonthPartitions, readInaccessiblePartitions } from './partitions.ts'

let fresh: FreshDatabase
let database: Database
let userId: string
beforeAll(async () => {
  fresh = await freshDatabase({ maxConnections: 20 })
  database = fresh.database
  userId = await addUser(database)
})
afterAll(() => fresh.close())

const tables = ['bookings', 'context_summaries', 'audit_logs']

/** The names of this month's and the next months' partitions, computed by JavaScript instead of PostgreSQL. */
function monthsFromNow(table: string, monthsAhead: number): string[] {
  const now = new Date()
  return Array.from({ length: monthsAhead + 1 }, (_, ahead) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead))
    return `${table}_y${month.getUTCFullYear()}m${String(month.getUTCMonth() + 1).padStart(2, '0')}`
  })
}

async function partitionNames(table: string): Promise<string[]> {
  const rows = await database.$queryRaw<{ name: string }[]>`
    SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = ${table}::regclass ORDER BY 1`
  return rows.map(({ name }) => name)
}

test('creates the coming months for all three tables, once', async () => {
  const ahead = 14
  const made = await createMonthPartitions(database, { monthsAhead: ahead })
  for (const table of tables) {
    expect(await partitionNames(table)).toEqual([...monthsFromNow(table, ahead), `${table}_default`].toSorted())
  }
  // The migration created this month and three more.
  expect(made.toSorted()).toEqual(tables.flatMap((table) => monthsFromNow(table, ahead).slice(4)).toSorted())
  expect(await createMonthPartitions(database, { monthsAhead: ahead })).toEqual([])
})

describe('rows in the DEFAULT partition', () => {
  test('move to the partition of their month, past or far ahead, with their dependent rows', async () => {
    const times = [
      '2019-12-31T23:59:59.999Z',
      '2020-01-01T00:00:00.000Z',
      '2020-01-31T23:59:59.999Z',
      '2041-07-04T12:00:00.000Z',
    ]
    const ids = await Promise.all(times.map((time) => addBooking(database, userId, time)))
    await Promise.all(
      ids.map((bookingId, index) =>
        database.contextSummary.create({
          data: {
            id: newId(),
            bookingId,
            encryptedSummary: `sealed ${index}`,
            metadata: { index },
            createdAt: new Date(times[index] ?? ''),
          },
        }),
      ),
    )
    const before = await database.booking.findMany({
      include: { key: true, contextSummaries: true },
      orderBy: { id: 'asc' },
    })
    expect(new Set(Object.values(await partitionsOf(database, 'bookings')))).toEqual(new Set(['bookings_default']))

    const made = await createMonthPartitions(database, { monthsAhead: 0 })

    expect(made.toSorted()).toEqual(
      ['bookings', 'context_summaries']
        .flatMap((table) => [`${table}_y2019m12`, `${table}_y2020m01`, `${table}_y2041m07`])
        .toSorted(),
    )
    const places = await partitionsOf(database, 'bookings')
    expect(ids.map((id) => places[id])).toEqual([
      'bookings_y2019m12',
      'bookings_y2020m01',
      'bookings_y2020m01',
      'bookings_y2041m07',
    ])
    expect(
      await database.booking.findMany({ include: { key: true, contextSummaries: true }, orderBy: { id: 'asc' } }),
    ).toEqual(before)
  })

  test('leave DEFAULT accepting, constraining and refusing rows as before', async () => {
    const id = await addBooking(database, userId, '2018-05-01T00:00:00Z')
    expect((await partitionsOf(database, 'bookings'))[id]).toBe('bookings_default')
    await expect(addBooking(database, userId, '2017-05-01T00:00:00Z', { id })).rejects.toMatchObject({ code: 'P2002' })
    await expect(addBooking(database, newId(), '2017-05-01T00:00:00Z')).rejects.toMatchObject({ code: 'P2003' })
    await database.bookingKey.delete({ where: { id } })
    expect(await database.booking.count({ where: { id } })).toBe(0)
  })
})

test('ten concurrent calls create each partition once', async () => {
  await addBooking(database, userId, '2016-02-29T12:00:00Z')
  const made = await Promise.all(Array.from({ length: 10 }, () => createMonthPartitions(database, { monthsAhead: 16 })))
  expect(made.flat().toSorted()).toEqual(
    [...tables.flatMap((table) => monthsFromNow(table, 16).slice(15)), 'bookings_y2016m02'].toSorted(),
  )
})

test('bookings that arrive meanwhile are neither refused nor lost', async () => {
  let isDone = false
  const written: string[] = []
  const write = async (writer: number) => {
    for (let index = 0; !isDone; index++) {
      const year = 1990 + ((writer * 7 + index) % 20)
      await database.$transaction(async (tx) => {
        const id = await addBooking(tx, userId, `${year}-${String((index % 12) + 1).padStart(2, '0')}-10T00:00:00Z`)
        await tx.bookingKey.update({ where: { id }, data: { iCalUid: 'thread' } })
        await tx.auditLog.create({
          data: { id: newId(), action: 'booking.created', resource: 'booking', bookingId: id },
        })
        written.push(id)
      })
    }
  }
  const writers = [1, 2, 3, 4].map(write)
  const makeAll = (async () => {
    for (let round = 0; round < 8; round++) await createMonthPartitions(database, { monthsAhead: 17 + round })
    isDone = true
  })()
  await Promise.all([makeAll, ...writers])
  expect(written.length).toBeGreaterThan(20)
  expect(await database.booking.count({ where: { id: { in: written } } })).toBe(written.length)
}, 60_000)

test('a booking in an open transaction is not missed when its month is created', async () => {
  // Empty DEFAULT, so that the open transaction's row decides the outcome.
  await createMonthPartitions(database, { monthsAhead: 28 })
  const open = new Client({ connectionString: fresh.url })
  await open.connect()
  const month = monthsFromNow('bookings', 29).at(-1) ?? ''
  const [, year, number] = /y(\d+)m(\d+)/.exec(month) ?? []
  await open.query('BEGIN')
  const id = newId()
  await open.query(
    `INSERT INTO bookings (id, "calBookingId", "userId", "eventTypeId", title, "startTime", "endTime", duration)
     VALUES ($1, 999001, $2, 1, 't', $3, $3, 0)`,
    [id, userId, `${year}-${number}-15T00:00:00Z`],
  )
  const making = createMonthPartitions(database, { monthsAhead: 29 })
  await open.query('SELECT pg_sleep(0.15)')
  await open.query('COMMIT')
  await open.end()
  expect(await making).toContain(month)
  expect((await partitionsOf(database, 'bookings'))[id]).toBe(month)
})

test('a call waits for another, however long it takes', async () => {
  const first = database.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT make_partitions(35)`
    await tx.$queryRaw`SELECT pg_sleep(1)::text`
  })
  await database.$queryRaw`SELECT pg_sleep(0.2)::text`
  expect(await database.$queryRaw`SELECT make_partitions(35) AS made`).toEqual([{ made: [] }])
  await first
})

test('yields to a long transaction on the tables, and retries', async () => {
  const other = new Client({ connectionString: fresh.url })
  await other.connect()
  await other.query('BEGIN; LOCK TABLE bookings IN ROW EXCLUSIVE MODE')
  const making = createMonthPartitions(database, { monthsAhead: 40 })
  // Longer than the function's lock timeout: it has yielded at least once, and others proceed.
  await other.query('SELECT pg_sleep(1)')
  expect(await database.booking.count()).toBeGreaterThan(0)
  await other.query('COMMIT')
  await other.end()
  expect((await making).length).toBeGreaterThan(0)
})

test('the months are in UTC, whatever the session’s time zone', async () => {
  const id = await addBooking(database, userId, '2015-07-01T01:00:00Z')
  await database.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL TIME ZONE 'America/Los_Angeles'`
    await tx.$queryRaw`SELECT make_partitions(0)`
  })
  expect((await partitionsOf(database, 'bookings'))[id]).toBe('bookings_y2015m07')
})

test('a dashboard query scans only the partitions of its weeks', async () => {
  const plan = await database.$queryRaw<{ 'QUERY PLAN': string }[]>`
    EXPLAIN SELECT id FROM bookings WHERE "startTime" >= '2020-01-06' AND "startTime" < '2020-01-13'`
  const scanned = plan
    .map((line) => line['QUERY PLAN'])
    .join('\n')
    .match(/on bookings_\w+/g)
  expect(scanned).toEqual(['on bookings_y2020m01'])
})

test('finds the partitions that another role created', async () => {
  await using fresh = await freshDatabase()
  expect(await readInaccessiblePartitions(fresh.database)).toEqual([])
  const made = await asSuperuser(
    async (client) => (await client.query<{ made: string[] }>('SELECT make_partitions(30) AS made')).rows[0]?.made,
    fresh.url,
  )
  expect(made?.length).toBeGreaterThan(0)
  expect(await readInaccessiblePartitions(fresh.database)).toEqual(made?.toSorted())
})
