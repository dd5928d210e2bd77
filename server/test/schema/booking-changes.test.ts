import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/platform/database/client.ts'
import { newId } from '../../src/platform/ids.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

let fresh: FreshDatabase
let database: Database
beforeAll(async () => {
  fresh = await freshDatabase({ maxConnections: 60 })
  database = fresh.database
})
afterAll(() => fresh.close())

type Appending = Pick<Database, '$queryRaw'>

async function append(tx: Appending, owner: string, booking = newId(), kind = 'updated'): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ number: bigint }[]>`
    SELECT append_booking_change(${owner}::uuid, ${booking}::uuid, ${kind}) AS number`
  if (row === undefined) throw new Error('append_booking_change returned nothing')
  return row.number
}

const numbersOf = async (ownerId: string) =>
  (await database.bookingChange.findMany({ where: { ownerId }, orderBy: { number: 'asc' } })).map(
    ({ number }) => number,
  )

const upTo = (last: number) => Array.from({ length: last }, (_, index) => BigInt(index + 1))

test('numbers start at 1 for each owner', async () => {
  const [first, second] = [newId(), newId()]
  expect([await append(database, first), await append(database, first), await append(database, second)]).toEqual([
    1n,
    2n,
    1n,
  ])
})

test('fifty concurrent transactions, every third rolled back, leave no gap, and commit in number order', async () => {
  const owner = newId()
  const committed: bigint[] = []
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      database.$transaction(
        async (tx) => {
          const number = await append(tx, owner)
          await wait(index % 4)
          if (index % 3 === 0) throw new Error('changed its mind')
          // A transaction with a number sees every smaller one committed: a reader that knows n has missed nothing
          // below n.
          const [row] = await tx.$queryRaw<{ seen: bigint }[]>`
            SELECT count(*) AS seen FROM booking_changes WHERE "ownerId" = ${owner}::uuid AND number <= ${number}`
          expect(row?.seen).toBe(number)
          committed.push(number)
        },
        { maxWait: 20_000, timeout: 20_000 },
      ),
    ),
  )
  const fulfilled = outcomes.filter(({ status }) => status === 'fulfilled').length
  expect(fulfilled).toBe(33)
  expect(await numbersOf(owner)).toEqual(upTo(33))
  expect(committed.toSorted((a, b) => Number(a - b))).toEqual(upTo(33))
})

test('two owners do not block each other', async () => {
  const [slow, quick] = [newId(), newId()]
  await database.$transaction(async (tx) => {
    await append(tx, slow)
    expect(await append(database, quick)).toBe(1n)
  })
})

test('the notification carries IDs only, and is sent with the commit and never without it', async () => {
  const [owner, booking] = [newId(), newId()]
  const notices: string[] = []
  const listener = new Client({ connectionString: fresh.url })
  await listener.connect()
  listener.on('notification', ({ channel, payload }) => notices.push(`${channel} ${payload}`))
  await listener.query('LISTEN booking_changes')

  await expect(
    database.$transaction(async (tx) => {
      await append(tx, owner, booking)
      throw new Error('changed its mind')
    }),
  ).rejects.toThrow('changed its mind')
  await database.$transaction(async (tx) => {
    await append(tx, owner, booking, 'created')
    await listener.query('SELECT 1')
    expect(notices).toEqual([])
  })
  await listener.query('SELECT 1')

  expect(notices).toHaveLength(1)
  expect(JSON.parse(notices[0]?.replace('booking_changes ', '') ?? '')).toEqual({
    ownerId: owner,
    number: 1,
    bookingId: booking,
  })
  await listener.end()
})

test('an unknown kind is rejected', async () => {
  await expect(append(database, newId(), newId(), 'painted')).rejects.toThrow('booking_changes_kind_check')
})

test('purging everything keeps the newest number, so that the next one continues from it', async () => {
  const owner = newId()
  for (let count = 0; count < 5; count++) await append(database, owner)
  await database.bookingChange.deleteMany({ where: { ownerId: owner } })
  expect(await numbersOf(owner)).toEqual([5n])
  expect(await append(database, owner)).toBe(6n)
  await database.bookingChange.deleteMany({ where: { ownerId: owner, number: { lte: 5 } } })
  expect(await numbersOf(owner)).toEqual([6n])
})
