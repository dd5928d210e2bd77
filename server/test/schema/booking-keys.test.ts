import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/platform/database/client.ts'
import { newId } from '../../src/platform/ids.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../support/database.ts'
import { addBooking, addUser, bookingRow, partitionsOf } from './rows.ts'

let fresh: FreshDatabase
let database: Database
let userId: string
beforeAll(async () => {
  fresh = await freshDatabase()
  database = fresh.database
  userId = await addUser(database)
  // Two months with their own partitions; all other rows are in DEFAULT.
  await addBooking(database, userId, '2024-03-10T10:00:00Z')
  await addBooking(database, userId, '2024-04-10T10:00:00Z')
  await database.$queryRaw`SELECT make_partitions(0)`
})
afterAll(() => fresh.close())

const march = '2024-03-05T09:00:00Z'
const april = '2024-04-05T09:00:00Z'

describe('a booking’s unique identifiers', () => {
  test('its key is created with it, as the first of its thread', async () => {
    const row = bookingRow(userId, march)
    await database.booking.create({ data: row })
    expect(await database.bookingKey.findUnique({ where: { id: row.id } })).toEqual({
      id: row.id,
      calBookingId: row.calBookingId,
      calBookingUid: row.calBookingUid,
      startTime: row.startTime,
      threadId: row.id,
      iCalUid: null,
      rescheduledFromUid: null,
    })
  })

  test.each([
    ['calBookingId', april],
    ['calBookingUid', april],
    ['id', april],
    ['calBookingId', march],
    ['calBookingUid', march],
    ['id', march],
  ] as const)('the same %s a second time is rejected, the second at %s', async (field, secondTime) => {
    const first = bookingRow(userId, march)
    await database.booking.create({ data: first })
    const second = bookingRow(userId, secondTime, { [field]: first[field] })
    await expect(database.booking.create({ data: second })).rejects.toMatchObject({ code: 'P2002' })
    expect(await database.booking.count({ where: { id: second.id, startTime: second.startTime } })).toBe(
      field === 'id' && secondTime === march ? 1 : 0,
    )
    // The rejected one has not changed the first one's key.
    expect(await database.bookingKey.findUnique({ where: { id: first.id } })).toMatchObject({
      calBookingId: first.calBookingId,
      calBookingUid: first.calBookingUid,
      startTime: first.startTime,
    })
  })

  test('many bookings may have no uid', async () => {
    await addBooking(database, userId, march, { calBookingUid: null })
    await addBooking(database, userId, april, { calBookingUid: null })
  })

  test('of ten concurrent inserts of one id in ten months, one succeeds', async () => {
    const id = newId()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, month) =>
        addBooking(database, userId, `2024-${String(month + 1).padStart(2, '0')}-01T00:00:00Z`, { id }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await database.booking.count({ where: { id } })).toBe(1)
  })

  test('its id never changes', async () => {
    const id = await addBooking(database, userId, march)
    const change = asSuperuser(
      (client) => client.query('UPDATE bookings SET id = $2 WHERE id = $1', [id, newId()]),
      fresh.url,
    )
    await expect(change).rejects.toMatchObject({ message: 'a booking keeps its id', code: '23001' })
  })

  test('a change of its Cal.com IDs reaches the key, and the other columns of the key are unchanged', async () => {
    const row = bookingRow(userId, march)
    await database.booking.create({ data: row })
    const threadId = newId()
    await database.bookingKey.update({
      where: { id: row.id },
      data: { threadId, iCalUid: 'ical', rescheduledFromUid: 'before' },
    })
    await database.booking.update({ where: { id: row.id }, data: { calBookingUid: `${row.calBookingUid}b` } })
    expect(await database.bookingKey.findUnique({ where: { id: row.id } })).toMatchObject({
      calBookingUid: `${row.calBookingUid}b`,
      threadId,
      iCalUid: 'ical',
      rescheduledFromUid: 'before',
    })
  })
})

describe('moving to another month', () => {
  test('keeps the responses, the summaries and the audit entries', async () => {
    const { id, formId } = await bookingWithEverything()
    expect((await partitionsOf(database, 'bookings'))[id]).toBe('bookings_y2024m03')

    await database.booking.update({
      where: { id },
      data: { startTime: new Date(april), endTime: new Date('2024-04-05T10:00:00Z') },
    })

    expect((await partitionsOf(database, 'bookings'))[id]).toBe('bookings_y2024m04')
    expect(await database.bookingKey.findUnique({ where: { id } })).toMatchObject({ startTime: new Date(april) })
    const moved = await database.booking.findUniqueOrThrow({
      where: { id },
      include: { formResponses: true, contextSummaries: true, auditLogs: true },
    })
    expect(moved.formResponses).toMatchObject([{ formId, encryptedData: 'sealed' }])
    expect(moved.contextSummaries).toMatchObject([{ encryptedSummary: 'sealed' }])
    expect(moved.auditLogs).toHaveLength(1)
  })

  test('is rejected if the uid is taken there', async () => {
    const taken = bookingRow(userId, april)
    await database.booking.create({ data: taken })
    const id = await addBooking(database, userId, march)
    await expect(
      database.booking.update({
        where: { id },
        data: { startTime: new Date(april), endTime: new Date(april), calBookingUid: taken.calBookingUid ?? null },
      }),
    ).rejects.toMatchObject({ code: 'P2002' })
    expect((await partitionsOf(database, 'bookings'))[id]).toBe('bookings_y2024m03')
  })
})

describe('deleting a booking', () => {
  test('by its key deletes the booking, its responses and its summaries', async () => {
    const { id } = await bookingWithEverything({ logged: false })
    await database.bookingKey.delete({ where: { id } })
    expect(await database.booking.count({ where: { id } })).toBe(0)
    expect(await database.formResponse.count({ where: { bookingId: id } })).toBe(0)
    expect(await database.contextSummary.count({ where: { bookingId: id } })).toBe(0)
  })

  test('by its row alone is rejected, and nothing is lost', async () => {
    const { id } = await bookingWithEverything({ logged: false })
    await expect(database.booking.delete({ where: { id } })).rejects.toThrow('bookings_deleted_by_key')
    expect(await database.booking.count({ where: { id } })).toBe(1)
  })

  test('is undone by reinserting the row in the same transaction', async () => {
    const { id } = await bookingWithEverything({ logged: false })
    await database.$transaction(async (tx) => {
      await tx.$executeRaw`CREATE TEMPORARY TABLE taken_out ON COMMIT DROP AS SELECT * FROM bookings WHERE id = ${id}::uuid`
      await tx.$executeRaw`DELETE FROM bookings WHERE id = ${id}::uuid`
      await tx.$executeRaw`INSERT INTO bookings SELECT * FROM taken_out`
    })
    expect(await database.formResponse.count({ where: { bookingId: id } })).toBe(1)
  })

  test('is rejected if the log references it', async () => {
    const { id } = await bookingWithEverything()
    await expect(database.bookingKey.delete({ where: { id } })).rejects.toMatchObject({ code: 'P2003' })
    expect(await database.booking.count({ where: { id } })).toBe(1)
  })

  test('is rejected for the user who owns it', async () => {
    await expect(database.user.delete({ where: { id: userId } })).rejects.toMatchObject({ code: 'P2003' })
  })
})

test.each([
  ['an end before its start', { endTime: new Date('2024-03-05T08:00:00Z') }],
  ['a negative duration', { duration: -1 }],
])('a booking with %s is rejected', async (_, overrides) => {
  await expect(addBooking(database, userId, march, overrides)).rejects.toThrow(/bookings_(times|duration)_check/)
})

test('updatedAt follows a change, unless the writer sets it', async () => {
  const created = new Date('2020-01-01T00:00:00Z')
  const id = await addBooking(database, userId, march, { updatedAt: created })
  const changed = await database.booking.update({ where: { id }, data: { title: 'Another' } })
  expect(Math.abs(changed.updatedAt.getTime() - Date.now())).toBeLessThan(60_000)
  const blockedAt = new Date('2021-01-01T00:00:00Z')
  expect(
    (await database.booking.update({ where: { id }, data: { title: 'Third', updatedAt: blockedAt } })).updatedAt,
  ).toEqual(blockedAt)
})

async function bookingWithEverything({ logged = true } = {}): Promise<{ id: string; formId: string }> {
  const id = await addBooking(database, userId, march)
  const form = await database.form.create({ data: { id: newId(), userId, name: 'Intake', eventTypeId: 1, schema: {} } })
  await database.formResponse.create({ data: { id: newId(), formId: form.id, bookingId: id, encryptedData: 'sealed' } })
  await database.contextSummary.create({
    data: { id: newId(), bookingId: id, encryptedSummary: 'sealed', metadata: {} },
  })
  if (logged) {
    await database.auditLog.create({
      data: { id: newId(), bookingId: id, action: 'booking.created', resource: 'booking' },
    })
  }
  return { id, formId: form.id }
}
